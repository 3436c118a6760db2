using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain.Tests;

public sealed class GossipTests
{
    [Fact]
    public async Task Blocks_are_judged_by_the_rule_they_break()
    {
        await using ChainHarness harness = ChainHarness.Start();
        BeaconChain chain = harness.Chain;
        await harness.RunSlotsAsync(1, 3);
        harness.MoveTo(4);
        SignedBeaconBlock good = harness.Propose(4);
        Assert.Equal("reject: proposer_signature", await JudgeAsync(good with { Signature = BlsSignature.Infinity }));
        ValidatorIndex wrong = new((good.Message.ProposerIndex.Value + 1) % ChainHarness.Validators);
        Assert.Equal("reject: wrong_proposer", await JudgeAsync(harness.Sign(good.Message with { ProposerIndex = wrong })));
        Assert.Equal("reject: not_later_than_parent", await JudgeAsync(harness.Sign(good.Message with { Slot = new Slot(3) })));
        Assert.Equal("ignore: unknown_parent", await JudgeAsync(harness.Sign(good.Message with { ParentRoot = new Root([.. Enumerable.Repeat((byte)7, 32)]) })));
        Assert.Equal("ignore: future_slot", await JudgeAsync(harness.Sign(good.Message with { Slot = new Slot(40) })));
        Assert.Equal("accept", await JudgeAsync(good));
        Assert.Equal("ignore: proposer_seen", await JudgeAsync(harness.Sign(good.Message with { Body = good.Message.Body with { Graffiti = good.Message.ParentRoot } })));
        Assert.True((await chain.ImportAsync(good, CancellationToken.None)).IsInChain);
        Assert.Equal("ignore: already_known", await JudgeAsync(good));

        async Task<string> JudgeAsync(SignedBeaconBlock block) => (await chain.OnGossipBlockAsync(block, CancellationToken.None)).ToString();
    }

    [Fact]
    public async Task A_block_with_a_wrong_state_root_is_invalid_and_so_are_its_children()
    {
        await using ChainHarness harness = ChainHarness.Start();
        harness.MoveTo(1);
        SignedBeaconBlock good = harness.Propose(1);
        SignedBeaconBlock bad = harness.Sign(good.Message with { StateRoot = good.Message.ParentRoot });
        Assert.Equal(ImportOutcome.Invalid, (await harness.Chain.ImportAsync(bad, CancellationToken.None)).Outcome);
        harness.MoveTo(2);
        SignedBeaconBlock child = harness.Sign(good.Message with { Slot = new Slot(2), ParentRoot = bad.Message.HashTreeRoot() });
        Assert.Equal(ImportOutcome.Invalid, (await harness.Chain.ImportAsync(child, CancellationToken.None)).Outcome);
        Assert.Equal("reject: invalid_parent", (await harness.Chain.OnGossipBlockAsync(harness.Sign(child.Message with { Slot = new Slot(2), StateRoot = Root.Zero }), CancellationToken.None)).ToString());
        Assert.Equal(0UL, harness.Chain.Head.Slot.Value);
    }

    [Fact]
    public async Task Attestations_are_judged_by_the_rule_they_break()
    {
        await using ChainHarness harness = ChainHarness.Start();
        BeaconChain chain = harness.Chain;
        await harness.RunSlotsAsync(1, 2, static _ => false);
        harness.MoveTo(2, 400);
        Attestation good = harness.Attest(2)[0];
        int subnet = chain.SubnetOf(good.Data);
        Assert.Equal("reject: subnet", await JudgeAsync(good, (subnet + 1) % 64));
        Assert.Equal("reject: signature", await JudgeAsync(good with { Signature = BlsSignature.Infinity }, subnet));
        Assert.Equal("reject: not_one_attester", await JudgeAsync(good with { AggregationBits = Bitlist.Create(good.AggregationBits.Length) }, subnet));
        Assert.Equal("reject: committee", await JudgeAsync(good with { AggregationBits = Bitlist.Single(good.AggregationBits.Length + 1, 0) }, subnet));
        Assert.Equal("reject: committee", await JudgeAsync(good with { Data = good.Data with { Index = new CommitteeIndex(9) } }, subnet));
        Assert.Equal("reject: target_epoch", await JudgeAsync(good with { Data = good.Data with { Target = good.Data.Target with { Epoch = new Epoch(3) } } }, subnet));
        Assert.Equal("reject: target_mismatch", await JudgeAsync(good with { Data = good.Data with { Target = good.Data.Target with { Root = good.Data.BeaconBlockRoot } } }, subnet));
        Assert.Equal("ignore: future_slot", await JudgeAsync(good with { Data = good.Data with { Slot = new Slot(7) } }, subnet));
        Assert.Equal("accept", await JudgeAsync(good, subnet));
        Assert.Equal("ignore: attester_seen", await JudgeAsync(good, subnet));

        async Task<string> JudgeAsync(Attestation attestation, int on) => (await chain.OnGossipAttestationAsync(attestation, on, CancellationToken.None)).ToString();
    }

    [Fact]
    public async Task A_bad_signature_in_a_batch_does_not_harm_the_others()
    {
        await using ChainHarness harness = ChainHarness.Start();
        await harness.RunSlotsAsync(1, 1, static _ => false);
        harness.MoveTo(1, 400);
        Attestation[] attestations = [.. harness.Attest(1)];
        attestations[1] = attestations[1] with { Signature = attestations[0].Signature };
        GossipVerdict[] verdicts = await Task.WhenAll(attestations.Select(attestation =>
            harness.Chain.OnGossipAttestationAsync(attestation, harness.Chain.SubnetOf(attestation.Data), CancellationToken.None)));
        Assert.Equal(GossipVerdict.Reject("signature"), verdicts[1]);
        Assert.All(verdicts.Where(static (_, index) => index != 1), static verdict => Assert.Equal(GossipVerdict.Accept, verdict));
    }

    [Fact]
    public async Task Aggregates_are_taken_once_and_subsets_are_ignored()
    {
        await using ChainHarness harness = ChainHarness.Start();
        BeaconChain chain = harness.Chain;
        await harness.RunSlotsAsync(1, 1, static _ => false);
        harness.MoveTo(1, 700);
        IReadOnlyList<Attestation> singles = harness.Attest(1);
        ValidatorIndex[] committee = chain.GetCommittees(chain.Head.State, new Epoch(0)).GetCommittee(new Slot(1), new CommitteeIndex(0)).ToArray();
        Attestation[] mine = [.. singles.Where(static single => single.Data.Index.Value == 0)];
        Attestation whole = mine[0] with
        {
            AggregationBits = mine.Skip(1).Aggregate(mine[0].AggregationBits, static (bits, single) => bits.Or(single.AggregationBits)),
            Signature = new BlsSignature(Signature.Aggregate([.. mine.Select(static single => Signature.FromBytes(single.Signature.AsSpan()))]).ToBytes()),
        };
        SignedAggregateAndProof good = harness.Aggregate(1, committee[0], whole);
        Assert.Equal("reject: signature", await JudgeAsync(good with { Signature = BlsSignature.Infinity }));
        ValidatorIndex outsider = Enumerable.Range(0, ChainHarness.Validators).Select(static i => new ValidatorIndex((ulong)i)).First(index => !committee.Contains(index));
        Assert.Equal("reject: aggregator_not_in_committee", await JudgeAsync(harness.Aggregate(1, outsider, whole)));
        Assert.Equal("accept", await JudgeAsync(good));
        Assert.Equal("ignore: aggregate_seen", await JudgeAsync(harness.Aggregate(1, committee[1], whole)));
        Assert.Equal("ignore: aggregate_seen", await JudgeAsync(harness.Aggregate(1, committee[1], mine[0])));
        Assert.Equal(whole.AggregationBits, chain.GetAggregate(new Slot(1), whole.Data.HashTreeRoot())!.AggregationBits);

        async Task<string> JudgeAsync(SignedAggregateAndProof aggregate) => (await chain.OnGossipAggregateAsync(aggregate, CancellationToken.None)).ToString();
    }

    [Fact]
    public async Task A_block_that_comes_before_its_parent_waits_for_it_and_names_it()
    {
        await using ChainHarness source = ChainHarness.Start();
        await source.RunSlotsAsync(1, 3);
        SignedBeaconBlock[] blocks = [.. source.Chain.GetCanonicalRoots(new Slot(1), 3).Select(item => source.Chain.GetBlock(item.Root)!)];
        await using ChainHarness target = ChainHarness.Start();
        target.MoveTo(3);
        Assert.Equal("ignore: unknown_parent", (await target.Chain.OnGossipBlockAsync(blocks[2], CancellationToken.None)).ToString());
        Assert.Equal(ImportOutcome.UnknownParent, (await target.Chain.ImportAsync(blocks[1], CancellationToken.None)).Outcome);
        Assert.True(target.Chain.MissingParents.TryRead(out Root missing));
        Assert.Equal(blocks[2].Message.ParentRoot, missing);
        Assert.Equal(ImportOutcome.Imported, (await target.Chain.ImportAsync(blocks[0], CancellationToken.None)).Outcome);
        await TestKit.Eventually.TrueAsync(() => target.Chain.Head.Slot.Value == 3, () => $"the head is at slot {target.Chain.Head.Slot.Value}", TimeSpan.FromSeconds(30));
        Assert.Equal(0, target.Chain.OrphanCount);
    }

    [Fact]
    public async Task A_block_that_is_early_waits_for_its_slot_and_is_not_dropped()
    {
        await using ChainHarness source = ChainHarness.Start();
        await source.RunSlotsAsync(1, 1);
        SignedBeaconBlock block = source.Chain.GetBlock(source.Chain.Head.Root)!;
        await using ChainHarness target = ChainHarness.Start();
        Task<GossipVerdict> verdict = target.Chain.OnGossipBlockAsync(block, CancellationToken.None);
        Assert.False(verdict.IsCompleted);
        target.MoveTo(0, 600);
        await TestKit.Eventually.TrueAsync(() => verdict.IsCompleted, () => "no verdict within the clock disparity", TimeSpan.FromSeconds(30));
        Assert.Equal(GossipVerdict.Accept, await verdict);
        Assert.Equal(0UL, target.Chain.Head.Slot.Value);
        target.MoveTo(1);
        await TestKit.Eventually.TrueAsync(() => target.Chain.Head.Slot.Value == 1, () => "the block was not imported in its slot", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Exits_and_slashings_are_kept_for_the_next_block()
    {
        await using ChainHarness harness = ChainHarness.Start();
        BeaconChain chain = harness.Chain;
        await harness.RunSlotsAsync(1, 2);
        SignedBeaconBlock first = chain.GetBlock(chain.Head.Root)!;
        SignedBeaconBlock second = harness.Sign(first.Message with { StateRoot = Root.Zero });
        var slashing = new ProposerSlashing { SignedHeader1 = first.ToHeader(), SignedHeader2 = second.ToHeader() };
        Assert.Equal(GossipOutcome.Reject, chain.OnGossipProposerSlashing(slashing with { SignedHeader2 = slashing.SignedHeader1 }).Outcome);
        Assert.Equal(GossipVerdict.Accept, chain.OnGossipProposerSlashing(slashing));
        Assert.Equal("slashing_seen", chain.OnGossipProposerSlashing(slashing).Reason);

        var exit = new VoluntaryExit { Epoch = new Epoch(0), ValidatorIndex = new ValidatorIndex(5) };
        var signed = new SignedVoluntaryExit { Message = exit, Signature = harness.Sign(exit.ValidatorIndex, exit.HashTreeRoot(), DomainType.VoluntaryExit) };
        Assert.Equal("reject: ExitTooYoung", chain.OnGossipVoluntaryExit(signed).ToString());

        harness.MoveTo(3);
        SignedBeaconBlock block = harness.Propose(3);
        Assert.Equal(slashing, Assert.Single(block.Message.Body.ProposerSlashings));
        Assert.True((await chain.ImportAsync(block, CancellationToken.None)).IsInChain);
        Assert.Empty(chain.OperationPool.ProposerSlashings);
        Assert.True(chain.Head.State.State.Validators[first.Message.ProposerIndex.Value].Slashed);
    }

    [Fact]
    public async Task The_heavier_fork_wins_when_two_halves_meet()
    {
        await using ChainHarness left = ChainHarness.Start();
        await using ChainHarness right = ChainHarness.Start();
        using ChainEvents.Subscription events = left.Chain.Events.Subscribe();
        await left.RunSlotsAsync(1, 5, static validator => validator.Value < 8);
        for (ulong slot = 2; slot <= 5; slot++)
        {
            right.MoveTo(slot);
            Assert.True((await right.Chain.ImportAsync(right.Propose(slot, graffiti: 9), CancellationToken.None)).IsInChain);
            right.MoveTo(slot, 400);
            foreach (Attestation attestation in right.Attest(slot, static validator => validator.Value >= 8))
            {
                await right.Chain.PublishAsync(attestation, CancellationToken.None);
            }
        }

        left.MoveTo(6);
        right.MoveTo(6);
        Assert.True((await right.Chain.ImportAsync(right.Propose(6, graffiti: 9), CancellationToken.None)).IsInChain);
        foreach ((_, Root root) in right.Chain.GetCanonicalRoots(new Slot(1), 10))
        {
            Assert.True((await left.Chain.ImportAsync(right.Chain.GetBlock(root)!, CancellationToken.None)).IsInChain);
        }

        Assert.Equal(right.Chain.Head.Root, left.Chain.Head.Root);
        ChainEvent.Reorg? reorg = null;
        while (events.Reader.TryRead(out ChainEvent? happened))
        {
            reorg = happened as ChainEvent.Reorg ?? reorg;
        }

        Assert.NotNull(reorg);
        Assert.Equal(5UL, reorg.Depth);
    }
}
