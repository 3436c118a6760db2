using Beacon.ApiClient;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Protection;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace Beacon.Validator.Tests;

/// <summary>The whole client against a node's API over HTTP, slots of 250 ms.</summary>
public sealed class ValidatorClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_proposes_attests_and_aggregates_with_valid_signatures_and_never_twice()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(node.Url));
        await Eventually.TrueAsync(
            () => node.Blocks.Count >= 8 && node.Attestations.Count >= 6 && node.Aggregates.Count >= 4,
            () => $"{node.Blocks.Count} blocks, {node.Attestations.Count} attestations, {node.Aggregates.Count} aggregates",
            Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());

        var fork = new SigningFork(
            new Fork { PreviousVersion = ForkVersion.Parse("0x00000001"), CurrentVersion = ForkVersion.Parse("0x00000001"), Epoch = default }, network.GenesisValidatorsRoot);
        foreach (SignedBeaconBlock block in node.Blocks)
        {
            var epoch = new Epoch(block.Message.Slot.Value / 8);
            Assert.NotEqual(0u, block.Message.Slot.Value);
            AssertSigned(network, block.Message.ProposerIndex, fork.SigningRoot(block.Message.HashTreeRoot(), DomainType.BeaconProposer, epoch), block.Signature);
            AssertSigned(network, block.Message.ProposerIndex, fork.SigningRoot(epoch.HashTreeRoot(), DomainType.Randao, epoch), block.Message.Body.RandaoReveal);
        }

        foreach (Attestation attestation in node.Attestations)
        {
            var attester = new ValidatorIndex(attestation.Data.Slot.Value % 8);
            AssertSigned(network, attester, fork.SigningRoot(attestation.Data.HashTreeRoot(), DomainType.BeaconAttester, attestation.Data.Target.Epoch), attestation.Signature);
        }

        foreach (SignedAggregateAndProof aggregate in node.Aggregates)
        {
            Slot slot = aggregate.Message.Aggregate.Data.Slot;
            var epoch = new Epoch(slot.Value / 8);
            AssertSigned(network, aggregate.Message.AggregatorIndex, fork.SigningRoot(aggregate.Message.HashTreeRoot(), DomainType.AggregateAndProof, epoch), aggregate.Signature);
            AssertSigned(network, aggregate.Message.AggregatorIndex, fork.SigningRoot(slot.HashTreeRoot(), DomainType.SelectionProof, epoch), aggregate.Message.SelectionProof);
        }

        Assert.Equal(node.Blocks.Count, node.Blocks.Select(static block => block.Message.Slot).Distinct().Count());
        Assert.Equal(node.Attestations.Count, node.Attestations.Select(static attestation => attestation.Data.Slot).Distinct().Count());
        Assert.Contains(node.Subscriptions, static subscription => subscription.IsAggregator);
    }

    [Fact]
    public async Task After_a_restart_on_another_fork_nothing_already_signed_is_signed_differently()
    {
        using var network = new TestNetwork(slotMilliseconds: 1000);
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using (var first = new RunningClient(network.Options(node.Url)))
        {
            await Eventually.TrueAsync(() => !node.Attestations.IsEmpty, static () => "no attestation", Patience);
            Assert.Equal(ExitCodes.Clean, await first.StopAsync());
        }

        // The same epoch from now on looks different to the node: whoever attested already must keep silent.
        node.HeadRoot = 99;
        await using (var second = new RunningClient(network.Options(node.Url)))
        {
            int before = node.Blocks.Count;
            await Eventually.TrueAsync(() => node.Blocks.Count > before + 8, static () => "no blocks after the restart", Patience);
            Assert.Equal(ExitCodes.Clean, await second.StopAsync());
        }

        var votes = node.Attestations.GroupBy(static attestation => (Attester: attestation.Data.Slot.Value % 8, attestation.Data.Target.Epoch));
        Assert.All(votes, static vote => Assert.Single(vote.Select(static attestation => attestation.Data.HashTreeRoot()).Distinct()));
        Assert.All(node.Blocks.GroupBy(static block => block.Message.Slot), static slot => Assert.Single(slot.Select(static block => block.Message.HashTreeRoot()).Distinct()));
    }

    /// <summary>Epochs of 2 s, and the client starts in the second: it and the third are left out, and none of their duties counts as refused.</summary>
    [Fact]
    public async Task It_signs_nothing_of_the_epochs_before_the_one_it_is_told()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(node.Url) with { SignFromEpoch = new Epoch(3) });
        await Eventually.TrueAsync(() => node.Blocks.Count >= 3 && node.Attestations.Count >= 3, () => $"{node.Blocks.Count} blocks, {node.Attestations.Count} attestations", Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());
        Assert.All(node.Blocks, static block => Assert.True(block.Message.Slot.Value >= 24, $"a block of slot {block.Message.Slot}"));
        Assert.All(node.Attestations, static attestation => Assert.True(attestation.Data.Target.Epoch.Value >= 3, $"an attestation of epoch {attestation.Data.Target.Epoch}"));
    }

    [Fact]
    public async Task A_second_client_on_the_same_data_is_refused()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var first = new RunningClient(network.Options(node.Url));
        await Eventually.TrueAsync(() => !node.Requests.IsEmpty, static () => "no request", Patience);
        await using var second = new RunningClient(network.Options(node.Url));
        Assert.Equal(ExitCodes.KeysRefused, await second.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(ExitCodes.Clean, await first.StopAsync());
    }

    [Fact]
    public async Task A_fence_silences_it_and_lifting_the_fence_lets_it_go_on()
    {
        using var network = new TestNetwork(iteration: 3);
        network.WriteFence(1, 3);
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(node.Url));
        await Eventually.TrueAsync(
            () => node.Requests.Count(static request => request.Contains("duties/attester", StringComparison.Ordinal)) > 4, static () => "no duties asked for", Patience);
        Assert.Empty(node.Blocks);
        Assert.Empty(node.Attestations);
        Assert.DoesNotContain(node.Subscriptions, static subscription => subscription.IsAggregator);

        network.WriteFence(1);
        await Eventually.TrueAsync(() => !node.Blocks.IsEmpty && !node.Attestations.IsEmpty && !node.Aggregates.IsEmpty, static () => "silent without a fence", Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());
    }

    [Fact]
    public async Task While_its_node_is_syncing_it_does_nothing()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        node.IsSyncing = true;
        await using var client = new RunningClient(network.Options(node.Url));
        await Eventually.TrueAsync(
            () => node.Requests.Count(static request => request.EndsWith("/syncing", StringComparison.Ordinal)) > 5, static () => "never asked", Patience);
        Assert.Empty(node.Blocks);
        node.IsSyncing = false;
        await Eventually.TrueAsync(() => !node.Blocks.IsEmpty, static () => "no block after syncing", Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());
    }

    [Fact]
    public async Task When_its_node_breaks_it_goes_on_with_the_next_one()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode one = await FakeBeaconNode.StartAsync(network);
        await using FakeBeaconNode two = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(one.Url, two.Url));
        await Eventually.TrueAsync(() => !one.Blocks.IsEmpty, static () => "no block by the first node", Patience);
        Assert.Empty(two.Blocks);
        one.IsBroken = true;
        await Eventually.TrueAsync(() => !two.Blocks.IsEmpty && !two.Attestations.IsEmpty, static () => "nothing by the second node", Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());
    }

    [Fact]
    public async Task A_head_event_with_another_dependent_root_makes_it_fetch_duties_again()
    {
        using var network = new TestNetwork(slotMilliseconds: 2000);
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(node.Url));
        static int Fetches(FakeBeaconNode node) => node.Requests.Count(static request => request.Contains("duties/attester", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => Fetches(node) >= 2 && node.Requests.Contains("GET /eth/v1/events"), static () => "no duties", Patience);

        int before = Fetches(node);
        var changed = new Root(Enumerable.Repeat((byte)2, 32).ToArray());
        node.DependentRoot = 2;
        ulong slot = (ulong)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - network.GenesisTime) / 2;
        node.HeadEvents.Enqueue(new HeadEvent
        {
            Slot = new Slot(slot),
            Block = changed,
            State = changed,
            EpochTransition = false,
            PreviousDutyDependentRoot = changed,
            CurrentDutyDependentRoot = changed,
        });
        await Eventually.TrueAsync(() => Fetches(node) >= before + 2, () => $"{Fetches(node) - before} fetches after the event", Patience);
        Assert.Equal(ExitCodes.Clean, await client.StopAsync());
    }

    [Fact]
    public async Task It_waits_for_the_network_directory_and_refuses_another_iteration()
    {
        using var network = new TestNetwork();
        string manifest = Path.Combine(network.NetworkDirectory, NetworkManifest.FileName);
        File.Delete(manifest);
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        await using var client = new RunningClient(network.Options(node.Url));
        Assert.False(client.ExitCode.IsCompleted);
        network.WriteManifest(2);
        Assert.Equal(ExitCodes.WrongChain, await client.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Empty(node.Requests);
    }

    [Fact]
    public async Task A_node_of_another_chain_is_refused()
    {
        using var network = new TestNetwork();
        await using FakeBeaconNode node = await FakeBeaconNode.StartAsync(network);
        node.GenesisRoot = Root.Zero;
        await using var client = new RunningClient(network.Options(node.Url));
        Assert.Equal(ExitCodes.WrongChain, await client.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_lost_slashing_database_is_refused()
    {
        using var network = new TestNetwork();
        SlashingProtectionDatabase.Open(network.SlashingDirectory, network.GenesisValidatorsRoot).Dispose();
        File.Delete(Path.Combine(network.SlashingDirectory, SlashingProtectionDatabase.FileName));
        await using var client = new RunningClient(network.Options(new Uri("http://127.0.0.1:1")));
        Assert.Equal(ExitCodes.KeysRefused, await client.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_password_and_a_bad_configuration_have_their_exit_codes()
    {
        using var network = new TestNetwork();
        await File.WriteAllTextAsync(Path.Combine(network.KeysDirectory, "password.txt"), "wrong", TestContext.Current.CancellationToken);
        await using var client = new RunningClient(network.Options(new Uri("http://127.0.0.1:1")));
        Assert.Equal(ExitCodes.KeysRefused, await client.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(Path.Combine(network.NetworkDirectory, "config.yaml"), "PRESET_BASE: giant\n", TestContext.Current.CancellationToken);
        await using var other = new RunningClient(network.Options(new Uri("http://127.0.0.1:1")));
        Assert.Equal(ExitCodes.BadConfiguration, await other.ExitCode.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    private static void AssertSigned(TestNetwork network, ValidatorIndex validator, Root root, BlsSignature signature) =>
        Assert.True(Crypto.Bls.Verify(network.PublicKey((int)validator.Value).AsSpan(), root.AsSpan(), signature.AsSpan()), $"signature of validator {validator}");

    private sealed class RunningClient : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public RunningClient(ValidatorOptions options) =>
            ExitCode = Task.Run(() => ValidatorClient.RunAsync(options, NullLoggerFactory.Instance, TimeProvider.System, TextWriter.Null, _stop.Token));

        public Task<int> ExitCode { get; }

        public async Task<int> StopAsync()
        {
            await _stop.CancelAsync();
            return await ExitCode.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }
    }
}
