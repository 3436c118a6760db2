using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ForkChoice.Tests;

/// <summary>Runs a list of operations against a store: 4 validators of 32 ETH each, 8 slots per epoch, 3-second slots.</summary>
internal sealed class ForkChoiceScript
{
    public const ulong SlotMs = 3000;
    private const ulong Gwei = 32_000_000_000;

    public ForkChoiceScript(int validators = 4)
    {
        Balances = Enumerable.Repeat(Gwei, validators).ToArray();
        Store = new ForkChoiceStore(
            new ForkChoiceConfig(8, SlotMs, 40),
            new ForkChoiceBlock(RootOf("genesis"), Root.Zero, new Slot(0), Root.Zero, Zero, Zero, Zero, Zero),
            new Epoch(0),
            0,
            _ => new JustifiedBalances(Balances, (ulong)Balances.Length * Gwei));
    }

    public static Checkpoint Zero => new() { Epoch = new Epoch(0), Root = Root.Zero };

    public ForkChoiceStore Store { get; }

    public ulong[] Balances { get; }

    /// <summary>A root that is ordered like its name.</summary>
    public static Root RootOf(string name)
    {
        var bytes = new byte[32];
        System.Text.Encoding.ASCII.GetBytes(name, bytes);
        return new Root(bytes);
    }

    public static Checkpoint At(ulong epoch, string name) => new() { Epoch = new Epoch(epoch), Root = RootOf(name) };

    public ForkChoiceScript Run(params Action<ForkChoiceScript>[] steps)
    {
        foreach (Action<ForkChoiceScript> step in steps)
        {
            step(this);
        }

        return this;
    }

    public static Action<ForkChoiceScript> Tick(ulong slot, ulong intoSlotMs = 0) => script => script.Store.OnTick((slot * SlotMs) + intoSlotMs);

    public static Action<ForkChoiceScript> Block(
        string name, ulong slot, string parent, Checkpoint? justified = null, Checkpoint? finalized = null, Checkpoint? unrealized = null, Checkpoint? unrealizedFinalized = null) =>
        script => script.Store.OnBlock(new ForkChoiceBlock(
            RootOf(name), RootOf(parent), new Slot(slot), Root.Zero, justified ?? Zero, finalized ?? Zero, unrealized ?? justified ?? Zero, unrealizedFinalized ?? finalized ?? Zero));

    public static Action<ForkChoiceScript> Vote(ulong slot, string block, params ulong[] validators) => script =>
    {
        Epoch epoch = new(slot / 8);
        Root target = script.Store.GetCheckpointBlock(RootOf(block), epoch) ?? Root.Zero;
        AttestationData data = Data(slot, RootOf(block), new Checkpoint { Epoch = epoch, Root = target });
        script.Store.OnAttestation(data, validators, isFromBlock: false);
    };

    public static AttestationData Data(ulong slot, Root block, Checkpoint target) =>
        new() { Slot = new Slot(slot), Index = new CommitteeIndex(0), BeaconBlockRoot = block, Source = Zero, Target = target };

    public static Action<ForkChoiceScript> Equivocation(params ulong[] validators) => script => script.Store.OnEquivocation(validators);

    public static Action<ForkChoiceScript> Head(string name) => script => Assert.Equal(Name(RootOf(name)), Name(script.Store.GetHead()));

    public static Action<ForkChoiceScript> Weight(string name, double validators) => script =>
    {
        script.Store.GetHead();
        Assert.Equal((long)(validators * Gwei), script.Store.WeightOf(RootOf(name)));
    };

    public static Action<ForkChoiceScript> Boosted(string? name) => script =>
        Assert.Equal(Name(name is null ? Root.Zero : RootOf(name)), Name(script.Store.ProposerBoostRoot));

    public static Action<ForkChoiceScript> Justified(Checkpoint checkpoint) => script => Assert.Equal(checkpoint, script.Store.JustifiedCheckpoint);

    public static Action<ForkChoiceScript> Finalized(Checkpoint checkpoint) => script => Assert.Equal(checkpoint, script.Store.FinalizedCheckpoint);

    public static Action<ForkChoiceScript> Refused(Action<ForkChoiceScript> step, string rule) => script =>
    {
        ForkChoiceException exception = Assert.Throws<ForkChoiceException>(() => step(script));
        Assert.Contains(rule, exception.Message);
    };

    public static Action<ForkChoiceScript> Prune(params string[] dropped) => script =>
        Assert.Equal(dropped, script.Store.Prune().Select(block => Name(block.Root)));

    private static string Name(Root root) => System.Text.Encoding.ASCII.GetString(root.ToArray()).TrimEnd('\0');
}
