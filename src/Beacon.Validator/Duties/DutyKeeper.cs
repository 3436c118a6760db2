using System.Buffers.Binary;
using System.Collections.Immutable;
using Beacon.ApiClient;
using Beacon.ApiClient.Json;
using Beacon.Types;
using Beacon.Validator.Nodes;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Duties;

/// <summary>Keeps the duty board filled: which validators our keys are, what they have to do in this epoch and the next, under which fork.</summary>
/// <remarks>Refreshing is serialised; the board is read without a lock.</remarks>
public sealed partial class DutyKeeper : IDisposable
{
    private readonly BeaconNodes _nodes;
    private readonly Signer _signer;
    private readonly SlotClock _clock;
    private readonly ChainSpec _spec;
    private readonly NetworkManifest _manifest;
    private readonly ValidatorMetrics _metrics;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _refreshing = new(1);
    private readonly Lock _boardLock = new();
    private DutyBoard _board = DutyBoard.Empty;
    private ImmutableDictionary<BlsPublicKey, ValidatorIndex> _indices = ImmutableDictionary<BlsPublicKey, ValidatorIndex>.Empty;
    private Epoch? _indicesFrom;
    private SigningFork? _fork;
    private Epoch? _forkFrom;

    /// <summary>Makes a keeper with an empty board.</summary>
    public DutyKeeper(BeaconNodes nodes, Signer signer, SlotClock clock, ChainSpec spec, NetworkManifest manifest, ValidatorMetrics metrics, ILogger logger)
    {
        _nodes = nodes;
        _signer = signer;
        _clock = clock;
        _spec = spec;
        _manifest = manifest;
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>What is known now.</summary>
    public DutyBoard Board => Volatile.Read(ref _board);

    /// <summary>The fork to sign for; null before the first refresh.</summary>
    public SigningFork? Fork => Volatile.Read(ref _fork);

    /// <summary>Removes what a new head makes stale.</summary>
    /// <returns>Whether something was removed and has to be fetched again.</returns>
    public bool OnHead(HeadEvent head)
    {
        lock (_boardLock)
        {
            DutyBoard after = _board.After(head, _clock.EpochOf(head.Slot));
            bool stale = !ReferenceEquals(after, _board);
            Volatile.Write(ref _board, after);
            return stale;
        }
    }

    /// <summary>Fetches only what a proposer at a slot needs: it must not wait for the rest.</summary>
    /// <exception cref="BeaconApiException">A node failed.</exception>
    /// <exception cref="NoBeaconNodeException">None can be used.</exception>
    public async Task RefreshProposersAsync(Slot slot, CancellationToken cancellationToken)
    {
        Epoch epoch = _clock.EpochOf(slot);
        if (Fork is not null && Board.Proposers.TryGetValue(epoch, out ProposerEpoch? known) && known.FetchedIn >= epoch)
        {
            return;
        }

        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            await RefreshForkAsync(epoch, cancellationToken);
            await RefreshIndicesAsync(epoch, cancellationToken);
            if (!Board.Proposers.TryGetValue(epoch, out ProposerEpoch? proposers) || proposers.FetchedIn < epoch)
            {
                await FetchProposersAsync(epoch, epoch, cancellationToken);
            }
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Fetches whatever is missing or old for the epoch of a slot and, near its end, for the next one.</summary>
    /// <exception cref="BeaconApiException">A node failed.</exception>
    /// <exception cref="NoBeaconNodeException">None can be used.</exception>
    public async Task RefreshAsync(Slot slot, CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            Epoch epoch = _clock.EpochOf(slot);
            var next = new Epoch(epoch.Value + 1);
            await RefreshForkAsync(epoch, cancellationToken);
            await RefreshIndicesAsync(epoch, cancellationToken);
            Update(board => board.WithoutBefore(epoch));

            // What was fetched before the epoch began is asked again once: the last blocks before it may have changed it.
            if (!Board.Proposers.TryGetValue(epoch, out ProposerEpoch? proposers) || proposers.FetchedIn < epoch)
            {
                await FetchProposersAsync(epoch, epoch, cancellationToken);
            }

            if (!Board.Attesters.TryGetValue(epoch, out AttesterEpoch? attesters) || attesters.FetchedIn < epoch || Unproved(attesters))
            {
                await FetchAttestersAsync(epoch, epoch, cancellationToken);
            }

            if (!Board.Attesters.TryGetValue(next, out AttesterEpoch? following) || Unproved(following))
            {
                await FetchAttestersAsync(next, epoch, cancellationToken);
            }

            // The next epoch's first proposer must know before the epoch begins.
            if (slot.Value + 1 == _clock.FirstSlotOf(next).Value && !Board.Proposers.ContainsKey(next))
            {
                await FetchProposersAsync(next, epoch, cancellationToken);
            }
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Whether a selection proof makes a committee member an aggregator (the spec's <c>is_aggregator</c>).</summary>
    public static bool IsAggregator(ulong committeeLength, BlsSignature selectionProof)
    {
        ulong modulo = Math.Max(1, committeeLength / PresetLimits.TargetAggregatorsPerCommittee);
        return BinaryPrimitives.ReadUInt64LittleEndian(Crypto.Sha256.Hash(selectionProof.AsSpan())) % modulo == 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _refreshing.Dispose();

    /// <summary>Whether duties could not be proved because signing was refused when they came.</summary>
    private bool Unproved(AttesterEpoch attesters) =>
        _signer.Refusal() is null && attesters.Tasks.Any(static slot => slot.Any(static task => task.SelectionProof is null));

    private async Task RefreshForkAsync(Epoch epoch, CancellationToken cancellationToken)
    {
        if (_forkFrom != epoch)
        {
            Fork fork = await _nodes.UseAsync(static (client, token) => client.GetForkAsync("head", token), cancellationToken);
            Volatile.Write(ref _fork, new SigningFork(fork, _manifest.GenesisValidatorsRoot));
            _forkFrom = epoch;
        }
    }

    /// <summary>Asks which validators our keys are, once per epoch while some are not in the registry.</summary>
    private async Task RefreshIndicesAsync(Epoch epoch, CancellationToken cancellationToken)
    {
        if (_indices.Count == _signer.PublicKeys.Length || _indicesFrom == epoch)
        {
            return;
        }

        string[] unknown = [.. _signer.PublicKeys.Where(key => !_indices.ContainsKey(key)).Select(static key => key.ToString())];
        IReadOnlyList<ValidatorInfo> found = await _nodes.UseAsync((client, token) => client.GetValidatorsAsync("head", unknown, token), cancellationToken);
        foreach (ValidatorInfo validator in found)
        {
            _indices = _indices.SetItem(validator.Validator.Pubkey, validator.Index);
        }

        _indicesFrom = epoch;
        _metrics.ActiveKeyCount = _indices.Count;
        Log.KeysFound(_logger, _indices.Count, _signer.PublicKeys.Length);
    }

    private async Task FetchProposersAsync(Epoch epoch, Epoch now, CancellationToken cancellationToken)
    {
        ApiResponse<ProposerDuty[]> response = await _nodes.UseAsync((client, token) => client.GetProposerDutiesAsync(epoch, token), cancellationToken);
        ImmutableDictionary<Slot, ProposerDuty>.Builder ours = ImmutableDictionary.CreateBuilder<Slot, ProposerDuty>();
        foreach (ProposerDuty duty in response.Data)
        {
            if (_indices.ContainsKey(duty.Pubkey))
            {
                ours[duty.Slot] = duty;
            }
        }

        Update(board => board with
        {
            Proposers = board.Proposers.SetItem(epoch, new ProposerEpoch(epoch, response.Metadata.DependentRoot, now, ours.ToImmutable())),
        });
    }

    private async Task FetchAttestersAsync(Epoch epoch, Epoch now, CancellationToken cancellationToken)
    {
        if (_indices.IsEmpty)
        {
            return;
        }

        ValidatorIndex[] validators = [.. _indices.Values.Order()];
        ApiResponse<AttesterDuty[]> response = await _nodes.UseAsync((client, token) => client.GetAttesterDutiesAsync(epoch, validators, token), cancellationToken);
        AttesterTask[] tasks = [.. response.Data.Where(duty => _indices.ContainsKey(duty.Pubkey)).Select(duty => Prove(duty, epoch))];
        Update(board => board with
        {
            Attesters = board.Attesters.SetItem(epoch, new AttesterEpoch(epoch, response.Metadata.DependentRoot, now, tasks.ToLookup(static task => task.Duty.Slot))),
        });

        CommitteeSubscription[] subscriptions =
        [
            .. tasks.Select(static task => new CommitteeSubscription
            {
                ValidatorIndex = task.Duty.ValidatorIndex,
                CommitteeIndex = task.Duty.CommitteeIndex,
                CommitteesAtSlot = task.Duty.CommitteesAtSlot,
                Slot = task.Duty.Slot,
                IsAggregator = task.IsAggregator,
            }),
        ];
        if (subscriptions.Length > 0)
        {
            await _nodes.UseAsync((client, token) => client.SubscribeCommitteesAsync(subscriptions, token), cancellationToken);
        }
    }

    private AttesterTask Prove(AttesterDuty duty, Epoch epoch)
    {
        try
        {
            BlsSignature proof = _signer.SignHarmless(duty.Pubkey, duty.Slot.HashTreeRoot(), DomainType.SelectionProof, epoch, Fork!);
            return new AttesterTask(duty, proof, IsAggregator(duty.CommitteeLength, proof));
        }
        catch (SigningRefusedException)
        {
            return new AttesterTask(duty, null, IsAggregator: false);
        }
    }

    private void Update(Func<DutyBoard, DutyBoard> change)
    {
        lock (_boardLock)
        {
            Volatile.Write(ref _board, change(_board));
        }
    }
}
