using System.Collections.Immutable;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Protection;

namespace Beacon.Validator;

/// <summary>The fork signatures are made for, as domains need it.</summary>
public sealed record SigningFork(Fork Fork, Root GenesisValidatorsRoot)
{
    /// <summary>The spec's <c>get_domain</c>.</summary>
    public Domain DomainAt(DomainType type, Epoch epoch)
    {
        ForkVersion version = epoch < Fork.Epoch ? Fork.PreviousVersion : Fork.CurrentVersion;
        Root root = new ForkData { CurrentVersion = version, GenesisValidatorsRoot = GenesisValidatorsRoot }.HashTreeRoot();
        Span<byte> domain = stackalloc byte[Domain.Size];
        type.AsSpan().CopyTo(domain);
        root.AsSpan()[..28].CopyTo(domain[4..]);
        return new Domain(domain);
    }

    /// <summary>The spec's <c>compute_signing_root</c> with the domain of an epoch.</summary>
    public Root SigningRoot(Root objectRoot, DomainType type, Epoch epoch) =>
        new SigningData { ObjectRoot = objectRoot, Domain = DomainAt(type, epoch) }.HashTreeRoot();
}

/// <summary>Signs with the keys of this process, if gate and slashing protection allow. The only place that does.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class Signer : IDisposable
{
    private readonly IReadOnlyDictionary<BlsPublicKey, SecretKey> _keys;
    private readonly SlashingProtectionDatabase _protection;
    private readonly SigningGate _gate;
    private readonly ValidatorMetrics _metrics;

    /// <summary>Takes over keys and database.</summary>
    public Signer(IReadOnlyDictionary<BlsPublicKey, SecretKey> keys, SlashingProtectionDatabase protection, SigningGate gate, ValidatorMetrics metrics)
    {
        _keys = keys;
        _protection = protection;
        _gate = gate;
        _metrics = metrics;
        PublicKeys = [.. keys.Keys.Order()];
    }

    /// <summary>The keys there are.</summary>
    public ImmutableArray<BlsPublicKey> PublicKeys { get; }

    /// <summary>Why nothing may be signed, or null.</summary>
    public string? Refusal() => _gate.Refusal();

    /// <summary>Signs a block.</summary>
    /// <exception cref="SigningRefusedException">The gate is closed or the block would be slashable.</exception>
    public SignedBeaconBlock SignBlock(BlsPublicKey key, BeaconBlock block, SigningFork fork, SlotClock clock)
    {
        ThrowIfClosed();
        Root root = fork.SigningRoot(block.HashTreeRoot(), DomainType.BeaconProposer, clock.EpochOf(block.Slot));
        ProtectionVerdict verdict = _protection.TrySignBlock(new BlockToSign(key, block.Slot, root));
        if (!verdict.MaySign())
        {
            _metrics.SlashingRefusal("block", verdict);
            throw new SigningRefusedException($"slashing protection refuses the block of slot {block.Slot}: {verdict}");
        }

        // Stopping counts until the last moment: what is recorded but unsigned is only a missed duty.
        ThrowIfClosed();
        return new SignedBeaconBlock { Message = block, Signature = Sign(key, root) };
    }

    /// <summary>Signs attestations; those that would be slashable are left out and counted.</summary>
    /// <returns>Position in the input and signature.</returns>
    /// <exception cref="SigningRefusedException">The gate is closed.</exception>
    public IReadOnlyList<(int Index, BlsSignature Signature)> SignAttestations(IReadOnlyList<(BlsPublicKey Key, AttestationData Data)> attestations, SigningFork fork)
    {
        ThrowIfClosed();
        var toSign = new AttestationToSign[attestations.Count];
        for (int i = 0; i < toSign.Length; i++)
        {
            (BlsPublicKey key, AttestationData data) = attestations[i];
            toSign[i] = new AttestationToSign(
                key, data.Source.Epoch, data.Target.Epoch, fork.SigningRoot(data.HashTreeRoot(), DomainType.BeaconAttester, data.Target.Epoch));
        }

        ProtectionVerdict[] verdicts = _protection.TrySignAttestations(toSign);
        ThrowIfClosed();
        var signed = new List<(int, BlsSignature)>(toSign.Length);
        for (int i = 0; i < toSign.Length; i++)
        {
            if (verdicts[i].MaySign())
            {
                signed.Add((i, Sign(toSign[i].PublicKey, toSign[i].SigningRoot)));
            }
            else
            {
                _metrics.SlashingRefusal("attestation", verdicts[i]);
            }
        }

        return signed;
    }

    /// <summary>Signs something that cannot be slashed: a randao reveal, a selection proof, an aggregate.</summary>
    /// <exception cref="SigningRefusedException">The gate is closed.</exception>
    public BlsSignature SignHarmless(BlsPublicKey key, Root objectRoot, DomainType type, Epoch epoch, SigningFork fork)
    {
        ThrowIfClosed();
        return Sign(key, fork.SigningRoot(objectRoot, type, epoch));
    }

    /// <summary>Erases the keys and releases the database.</summary>
    public void Dispose()
    {
        foreach (SecretKey key in _keys.Values)
        {
            key.Dispose();
        }

        _protection.Dispose();
    }

    private BlsSignature Sign(BlsPublicKey key, Root signingRoot) => new(_keys[key].Sign(signingRoot.AsSpan()).ToBytes());

    private void ThrowIfClosed()
    {
        if (_gate.Refusal() is { } reason)
        {
            throw new SigningRefusedException(reason);
        }
    }
}

/// <summary>Something was not signed; the message says why.</summary>
public sealed class SigningRefusedException(string message) : Exception(message);
