using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Measuring;

/// <summary>What is in the local copies about one testnet.</summary>
/// <param name="Testnet">The testnet.</param>
/// <param name="Nodes">Its nodes, each with what the probe last saw of it.</param>
/// <param name="Rollouts">Its roll-outs.</param>
/// <param name="Resets">Its resets.</param>
/// <param name="Clock">Slots of the running iteration.</param>
internal sealed record TestnetCopies(
    Testnet Testnet, IReadOnlyList<(BeaconNode Node, NodeSnapshot? Seen)> Nodes, IReadOnlyList<CanaryRollout> Rollouts, IReadOnlyList<ChainReset> Resets, ChainClock Clock);

/// <summary>What the operator's metrics say of one testnet at one instant. Made from the local copies and what the probe saw; nothing is remembered.</summary>
/// <remarks>
/// The status lags by up to an epoch or half a minute, which is too long for an alarm, so what moves is read from the probe's snapshots; what they do not say, because nodes
/// are silent or the operator has just begun, is taken from the status. Ages and lags go on growing in silence.
/// </remarks>
internal sealed record TestnetFacts
{
    private TestnetFacts(TestnetCopies copies) => Copies = copies;

    /// <summary>What it is made from.</summary>
    public TestnetCopies Copies { get; }

    /// <summary>Whether the chain should move: it has begun, is not suspended, and no reset has taken its pods away.</summary>
    public bool IsRunning { get; private init; }

    /// <summary>Epochs since the chain began or was last resumed; null: it is not running.</summary>
    public long? AwakeEpochs { get; private init; }

    /// <summary>Time since any node had a new head, or since the chain began or was resumed if that is later; null: it is not running.</summary>
    public TimeSpan? HeadAge { get; private init; }

    /// <summary>Highest head slot that any node reports.</summary>
    public long? HeadSlot { get; private init; }

    /// <summary>Finalized epoch that at least half of the nodes have reached.</summary>
    public long? FinalizedEpoch { get; private init; }

    /// <summary>Epoch of the clock less the finalized one; null: it is not running, or no epoch is known.</summary>
    public long? FinalityLag { get; private init; }

    /// <summary>Share of the stake that voted for the right target, 0 to 1, by the node in the middle; null: no node says.</summary>
    public double? Participation { get; private init; }

    /// <summary>Share of the active stake that is the testnet's own, 0 to 1; null: not known.</summary>
    public double? OperatorStake { get; private init; }

    /// <summary>Longest time the head may stand still.</summary>
    public TimeSpan NoBlockAfter { get; private init; }

    /// <summary>Whether the image of the spec was refused.</summary>
    public bool IsImageRejected { get; private init; }

    /// <summary>The latest roll-out; null: there was none.</summary>
    public CanaryRollout? Rollout { get; private init; }

    /// <summary>Resets that have not ended, and the latest.</summary>
    public IReadOnlyList<ChainReset> Resets { get; private init; } = [];

    /// <summary>Resets of the last 24 hours that were not suppressed, made by the operator.</summary>
    public int ResetsByOperator { get; private init; }

    /// <summary>The same, made by people.</summary>
    public int ResetsByPeople { get; private init; }

    /// <param name="copies">The local copies.</param>
    /// <param name="now">The instant.</param>
    public static TestnetFacts Of(TestnetCopies copies, DateTimeOffset now)
    {
        Testnet testnet = copies.Testnet;
        TestnetStatus? status = testnet.Status;
        Condition? suspended = status?.Conditions?.Find(condition => condition.Type == ConditionTypes.Suspended);
        ChainReset[] resets = [.. copies.Resets.OrderBy(reset => reset.Metadata.CreationTimestamp).ThenBy(reset => reset.Metadata.Name, StringComparer.Ordinal)];
        bool isInterrupted = testnet.Spec.Suspend || suspended?.Status == "True" || Array.Exists(resets, TakesPodsAway);
        DateTimeOffset? begun = status?.GenesisTime is { } genesis && genesis <= now && !isInterrupted ? genesis : null;
        DateTimeOffset? awake = begun is { } first && suspended?.LastTransitionTime is { } resumed && resumed > first ? resumed : begun;
        NodeSnapshot[] seen =
        [
            .. copies.Nodes
                .Where(node => node.Node.Spec.Role != NodeRoles.Bootnode)
                .Select(node => node.Seen)
                .OfType<NodeSnapshot>()
                .Where(snapshot => snapshot.GenesisRoot is null || status?.GenesisRoot is null || snapshot.GenesisRoot == status.GenesisRoot),
        ];
        long? finalized = Middle(seen.Select(snapshot => snapshot.FinalizedEpoch)) ?? status?.FinalizedEpoch;
        TimeSpan slots = copies.Clock.SlotDuration * 2.5;
        TimeSpan limit = testnet.Spec.Health.NoBlockAfter.Value;
        ChainReset[] recent = [.. resets.Where(reset => reset.Status?.Phase != ResetPhases.Suppressed && now - reset.Metadata.CreationTimestamp < TimeSpan.FromDays(1))];
        return new TestnetFacts(copies)
        {
            IsRunning = begun is not null,
            AwakeEpochs = awake is { } since ? copies.Clock.EpochAt(since, now) : null,
            HeadAge = awake is { } from ? now - Latest(from, seen.Max(snapshot => snapshot.HeadChangedAt), status?.HeadTime) : null,
            HeadSlot = seen.Max(snapshot => snapshot.HeadSlot) ?? status?.HeadSlot,
            FinalizedEpoch = finalized,
            FinalityLag = begun is { } start && finalized is { } epoch ? Math.Max(0, copies.Clock.EpochAt(start, now) - epoch) : null,
            Participation = Middle(seen.Where(snapshot => snapshot.IsReachable).Select(snapshot => snapshot.Participation)),
            OperatorStake = Share(status?.OperatorStake),
            NoBlockAfter = limit < slots ? slots : limit,
            IsImageRejected = status?.Images?.Rejected?.Exists(rejected => string.IsNullOrEmpty(testnet.Spec.Image) || rejected.Image == testnet.Spec.Image) == true,
            Rollout = copies.Rollouts.MaxBy(rollout => rollout.Spec.Number),
            Resets = [.. resets.Where((reset, index) => index == resets.Length - 1 || !ResetPhases.IsEnd(reset.Status?.Phase))],
            ResetsByOperator = recent.Count(reset => reset.Spec.Criterion is not null),
            ResetsByPeople = recent.Count(reset => reset.Spec.Criterion is null),
        };
    }

    /// <summary>A share as the status writes it, such as 98.4%, from 0 to 1; null: there is none.</summary>
    internal static double? Share(string? percent) =>
        percent is not null && percent.EndsWith('%') && decimal.TryParse(percent.AsSpan(0, percent.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            ? (double)(value / 100)
            : null;

    /// <summary>Whether no node of the testnet has to run; one whose chain is verified has begun.</summary>
    private static bool TakesPodsAway(ChainReset reset) => reset.Status?.Phase is { } phase && phase != ResetPhases.Verifying && !ResetPhases.IsEnd(phase);

    private static DateTimeOffset Latest(DateTimeOffset first, params ReadOnlySpan<DateTimeOffset?> others)
    {
        DateTimeOffset latest = first;
        foreach (DateTimeOffset? other in others)
        {
            latest = other is { } time && time > latest ? time : latest;
        }

        return latest;
    }

    /// <summary>The value that at least half of those who say one have reached.</summary>
    private static T? Middle<T>(IEnumerable<T?> values)
        where T : struct
    {
        T[] known = [.. values.OfType<T>().OrderDescending()];
        return known.Length == 0 ? null : known[known.Length / 2];
    }
}
