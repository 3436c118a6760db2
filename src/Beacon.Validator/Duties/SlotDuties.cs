using System.Diagnostics;
using System.Text;
using Beacon.ApiClient;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Nodes;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <summary>Does what is to be done in a slot: propose, attest, aggregate.</summary>
/// <remarks>Every method returns normally whatever goes wrong; failures are logged and counted by reason. Only cancellation gets out.</remarks>
public sealed partial class SlotDuties
{
    private readonly BeaconNodes _nodes;
    private readonly DutyKeeper _keeper;
    private readonly Signer _signer;
    private readonly SlotClock _clock;
    private readonly ValidatorMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Root? _graffiti;

    /// <summary>Makes the worker.</summary>
    public SlotDuties(BeaconNodes nodes, DutyKeeper keeper, Signer signer, SlotClock clock, string graffiti, ValidatorMetrics metrics, ILogger logger)
    {
        _nodes = nodes;
        _keeper = keeper;
        _signer = signer;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _graffiti = graffiti.Length == 0 ? null : ToGraffiti(graffiti);
    }

    /// <summary>Proposes a block if one of our validators is the proposer.</summary>
    public async Task ProposeAsync(Slot slot, CancellationToken cancellationToken)
    {
        // The genesis block is nobody's to propose.
        if (slot.Value == 0
            || !_keeper.Board.Proposers.TryGetValue(_clock.EpochOf(slot), out ProposerEpoch? epoch)
            || !epoch.Duties.TryGetValue(slot, out ProposerDuty? duty))
        {
            return;
        }

        using Activity? activity = ValidatorMetrics.Activities.StartActivity("propose");
        activity?.SetTag("slot", slot.Value);
        await GuardAsync("block", slot, 1, async () =>
        {
            SigningFork fork = RequireFork();
            BlsSignature reveal = _signer.SignHarmless(duty.Pubkey, _clock.EpochOf(slot).HashTreeRoot(), DomainType.Randao, _clock.EpochOf(slot), fork);
            BeaconBlock block = await _nodes.UseAsync((client, token) => client.ProduceBlockAsync(slot, reveal, _graffiti, token), cancellationToken);
            if (block.Slot != slot || block.ProposerIndex != duty.ValidatorIndex)
            {
                throw new BeaconApiException(
                    $"The node made a block for slot {block.Slot} and proposer {block.ProposerIndex}; asked were {slot} and {duty.ValidatorIndex}.", null, null, null);
            }

            SignedBeaconBlock signed = _signer.SignBlock(duty.Pubkey, block, fork, _clock);
            await _nodes.UseAsync((client, token) => client.PublishBlockAsync(signed, token), cancellationToken);
            TimeSpan delay = _clock.Since(slot);
            _metrics.BlockPublished(delay);
            Log.BlockPublished(_logger, slot, duty.ValidatorIndex, block.Body.Attestations.Length, delay.TotalMilliseconds);
        });
    }

    /// <summary>Attests for all our validators that have to in a slot.</summary>
    /// <returns>What was attested, for the aggregation that follows; null when nothing was.</returns>
    public async Task<AttestationData?> AttestAsync(Slot slot, CancellationToken cancellationToken)
    {
        AttesterTask[] tasks = TasksOf(slot);
        if (tasks.Length == 0)
        {
            return null;
        }

        using Activity? activity = ValidatorMetrics.Activities.StartActivity("attest");
        activity?.SetTag("slot", slot.Value);
        AttestationData? attested = null;
        await GuardAsync("attestation", slot, tasks.Length, async () =>
        {
            // In phase0 the data of a slot's committees differ only in the committee.
            AttestationData data = await _nodes.UseAsync(
                (client, token) => client.GetAttestationDataAsync(slot, tasks[0].Duty.CommitteeIndex, token), cancellationToken);
            if (data.Slot != slot || data.Target.Epoch != _clock.EpochOf(slot) || data.Source.Epoch > data.Target.Epoch)
            {
                throw new BeaconApiException(
                    $"The node gave attestation data of slot {data.Slot}, source {data.Source.Epoch}, target {data.Target.Epoch} for slot {slot}.", null, null, null);
            }

            (BlsPublicKey, AttestationData)[] unsigned = [.. tasks.Select(task => (task.Duty.Pubkey, data with { Index = task.Duty.CommitteeIndex }))];
            IReadOnlyList<(int Index, BlsSignature Signature)> signatures = _signer.SignAttestations(unsigned, RequireFork());
            Attestation[] attestations =
            [
                .. signatures.Select(signed => new Attestation
                {
                    AggregationBits = Bitlist.Single((int)tasks[signed.Index].Duty.CommitteeLength, (int)tasks[signed.Index].Duty.ValidatorCommitteeIndex),
                    Data = unsigned[signed.Index].Item2,
                    Signature = signed.Signature,
                }),
            ];
            if (attestations.Length < tasks.Length)
            {
                Log.AttestationsRefused(_logger, slot, tasks.Length - attestations.Length);
                _metrics.Failed("attestation", "slashing_protection", tasks.Length - attestations.Length);
            }

            if (attestations.Length > 0)
            {
                await _nodes.UseAsync((client, token) => client.PublishAttestationsAsync(attestations, token), cancellationToken);
                TimeSpan delay = _clock.Since(slot);
                _metrics.AttestationsPublished(attestations.Length, delay);
                Log.AttestationsPublished(_logger, slot, attestations.Length, data.BeaconBlockRoot.ToShortString(), delay.TotalMilliseconds);
                attested = data;
            }
        });
        return attested;
    }

    /// <summary>Publishes the aggregates our validators are chosen for.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="data">What was attested in it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task AggregateAsync(Slot slot, AttestationData data, CancellationToken cancellationToken)
    {
        AttesterTask[] aggregators = [.. TasksOf(slot).Where(static task => task.IsAggregator)];
        if (aggregators.Length == 0)
        {
            return;
        }

        using Activity? activity = ValidatorMetrics.Activities.StartActivity("aggregate");
        activity?.SetTag("slot", slot.Value);
        await GuardAsync("aggregate", slot, aggregators.Length, async () =>
        {
            SigningFork fork = RequireFork();
            var aggregates = new List<SignedAggregateAndProof>(aggregators.Length);
            foreach (IGrouping<CommitteeIndex, AttesterTask> committee in aggregators.GroupBy(static task => task.Duty.CommitteeIndex))
            {
                Root root = (data with { Index = committee.Key }).HashTreeRoot();
                Attestation aggregate;
                try
                {
                    aggregate = await _nodes.UseAsync((client, token) => client.GetAggregateAsync(root, slot, token), cancellationToken);
                }
                catch (BeaconApiException exception) when (exception.IsNotFound)
                {
                    _metrics.Failed("aggregate", "not_found", committee.Count());
                    continue;
                }

                foreach (AttesterTask task in committee)
                {
                    var message = new AggregateAndProof
                    {
                        AggregatorIndex = task.Duty.ValidatorIndex,
                        Aggregate = aggregate,
                        SelectionProof = task.SelectionProof!.Value,
                    };
                    BlsSignature signature = _signer.SignHarmless(task.Duty.Pubkey, message.HashTreeRoot(), DomainType.AggregateAndProof, _clock.EpochOf(slot), fork);
                    aggregates.Add(new SignedAggregateAndProof { Message = message, Signature = signature });
                }
            }

            if (aggregates.Count > 0)
            {
                await _nodes.UseAsync((client, token) => client.PublishAggregatesAsync(aggregates, token), cancellationToken);
                _metrics.AggregatesPublished(aggregates.Count, _clock.Since(slot));
            }
        });
    }

    private static Root ToGraffiti(string text)
    {
        byte[] bytes = new byte[Root.Size];
        ReadOnlySpan<byte> utf8 = Encoding.UTF8.GetBytes(text);
        utf8[..Math.Min(utf8.Length, bytes.Length)].CopyTo(bytes);
        return new Root(bytes);
    }

    private AttesterTask[] TasksOf(Slot slot) =>
        _keeper.Board.Attesters.TryGetValue(_clock.EpochOf(slot), out AttesterEpoch? epoch) ? [.. epoch.Tasks[slot]] : [];

    private SigningFork RequireFork() => _keeper.Fork ?? throw new NoBeaconNodeException("the fork is not known yet");

    private async Task GuardAsync(string duty, Slot slot, int count, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (SigningRefusedException exception)
        {
            _metrics.Failed(duty, "signing_refused", count);
            Log.NotSigned(_logger, duty, slot, exception.Message);
        }
        catch (NoBeaconNodeException exception)
        {
            _metrics.Failed(duty, "no_beacon_node", count);
            Log.DutyFailed(_logger, duty, slot, exception.Message);
        }
        catch (BeaconApiException exception)
        {
            _metrics.Failed(duty, exception.StatusCode is { } status ? $"http_{(int)status}" : "no_answer", count);
            Log.DutyFailed(_logger, duty, slot, exception.Message);
        }
        catch (Microsoft.Data.Sqlite.SqliteException exception)
        {
            // Not recorded means not signed.
            _metrics.Failed(duty, "slashing_database", count);
            Log.DutyFailed(_logger, duty, slot, $"the slashing-protection database failed: {exception.Message}");
        }
    }
}
