using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Beacon.Crypto.Keys;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Children;

namespace Fleet.Operator.Execution;

/// <summary>The only place that reads and makes Secrets: by name, never by list or watch.</summary>
/// <remarks>
/// What a Secret was found to hold is remembered for a while, so that a steady world costs no requests; a Secret that someone deletes is noticed
/// when the memory ages, or at once when its pod does not run. Secret values stay in this class.
/// </remarks>
internal sealed class SecretKeeper(IKubernetesClient client, TimeProvider time)
{
    /// <summary>How long a finding is believed.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>How long it is believed while something is wrong.</summary>
    private static readonly TimeSpan MaxAgeInTrouble = TimeSpan.FromSeconds(2);

    /// <summary>Most findings that are kept.</summary>
    private const int Capacity = 16_384;

    /// <summary>Most mnemonics that wait for their keys; of more, the Secret is read.</summary>
    private const int MaxUnused = 64;

    private readonly ConcurrentDictionary<ObjectKey, Finding> _findings = new();

    /// <summary>Mnemonics made here, until the keys that they are made for are derived, a moment later.</summary>
    private readonly ConcurrentDictionary<string, Mnemonic> _unused = new(StringComparer.Ordinal);

    /// <summary>A pass that begins now.</summary>
    public SecretPass Begin() => new(time.GetTimestamp(), InTrouble: false);

    /// <summary>Forgets all findings: the server was set back, and may never have held what was found.</summary>
    public void Forget()
    {
        _findings.Clear();
        _unused.Clear();
    }

    /// <summary>Findings that are remembered.</summary>
    public int Count => _findings.Count;

    /// <summary>Peer ID of an identity Secret; null when it does not exist or holds no key.</summary>
    /// <param name="key">The Secret.</param>
    /// <param name="owners">Whose it has to be, unless nobody controls it; null: anybody's.</param>
    /// <param name="pass">The pass that asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string?> FindPeerIdAsync(ObjectKey key, IReadOnlyList<string?>? owners, SecretPass pass, CancellationToken cancellationToken) =>
        (await FindAsync(key, owners, pass, cancellationToken)).PeerId;

    /// <summary>Whether a Secret exists, and what it may be used for.</summary>
    /// <param name="key">The Secret.</param>
    /// <param name="owners">Who counts as an owner; it is the operator's own when one of them controls it.</param>
    /// <param name="pass">The pass that asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SecretUse> FindUseAsync(ObjectKey key, IReadOnlyList<string?> owners, SecretPass pass, CancellationToken cancellationToken)
    {
        Finding finding = await FindAsync(key, owners: null, pass, cancellationToken);
        return new SecretUse(finding.Exists, finding.MayBeUsed, finding.Exists && finding.IsOf(owners));
    }

    /// <summary>Fingerprint of a mnemonic Secret.</summary>
    /// <inheritdoc cref="FindPeerIdAsync" path="/param"/>
    /// <param name="isReference">Whether a person named it.</param>
    /// <param name="mustBeFresh">Whether an iteration is about to begin with it: what an earlier pass found may be of a server that was set back since.</param>
    public async Task<MnemonicFacts> FindMnemonicAsync(ObjectKey key, IReadOnlyList<string?> owners, bool isReference, bool mustBeFresh, SecretPass pass, CancellationToken cancellationToken)
    {
        if (mustBeFresh && _findings.TryGetValue(key, out Finding? known) && known.Timestamp < pass.Began)
        {
            _findings.TryRemove(key, out _);
        }

        Finding finding = await FindAsync(key, isReference ? null : owners, pass, cancellationToken);
        string? problem =
            !isReference && finding.IsForeign ? NotOurs(key)
            : !finding.Exists ? (isReference ? $"spec.genesis.mnemonicSecretRef: there is no Secret {key.Name} in this namespace." : null)
            : isReference && !finding.MayBeUsed ? $"spec.genesis.mnemonicSecretRef: Secret {key.Name} has no label {Labels.Use}=true, so it may not be used."
            : finding.Fingerprint is null ? $"Secret {key.Name} holds no BIP-39 mnemonic of English words under the key {IterationMaps.MnemonicKey}."
            : null;
        if (problem is not null)
        {
            // Someone will correct it soon.
            _findings.TryRemove(key, out _);
        }

        return new MnemonicFacts(finding.Exists, problem is null ? finding.Fingerprint : null, problem);
    }

    /// <summary>Creates a Secret with a new mnemonic; one that exists wins.</summary>
    public async Task EnsureMnemonicAsync(Secret shell, CancellationToken cancellationToken)
    {
        var mnemonic = Mnemonic.Generate();
        shell.Data = new Dictionary<string, byte[]> { [IterationMaps.MnemonicKey] = Encoding.UTF8.GetBytes(mnemonic.Phrase) };
        if (await CreateAsync(shell, cancellationToken) && _unused.Count < MaxUnused)
        {
            _unused[Fingerprint(mnemonic)] = mnemonic;
        }
    }

    /// <summary>Creates a Secret with a new libp2p key; one that exists wins.</summary>
    public async Task EnsureIdentityAsync(Secret shell, CancellationToken cancellationToken)
    {
        // Every 32 bytes below the curve's order are a key; the chance of others is 2^-128.
        string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        shell.Data = new Dictionary<string, byte[]> { [PeerIdentity.SecretKey] = Encoding.ASCII.GetBytes(key) };
        await CreateAsync(shell, cancellationToken);
    }

    /// <summary>Creates a Secret with given data; one that exists wins.</summary>
    public async Task EnsureAsync(Secret secret, CancellationToken cancellationToken) => _ = await CreateAsync(secret, cancellationToken);

    /// <summary>Seed of a mnemonic.</summary>
    /// <exception cref="OperatorException">The Secret is gone or holds another mnemonic than the iteration began with.</exception>
    public async Task<byte[]> ReadSeedAsync(ObjectKey key, string expectedFingerprint, CancellationToken cancellationToken)
    {
        if (_unused.TryRemove(expectedFingerprint, out Mnemonic? made))
        {
            return made.ToSeed();
        }

        Secret? secret = await client.FindAsync<Secret>(key, cancellationToken);
        return Parse(secret) is { } mnemonic && Fingerprint(mnemonic) == expectedFingerprint
            ? mnemonic.ToSeed()
            : throw new OperatorException($"Secret {key} does not hold the mnemonic the iteration began with; restore it, or delete the testnet and apply it anew.");
    }

    /// <summary>Hash that tells mnemonics apart without telling them.</summary>
    internal static string Fingerprint(Mnemonic mnemonic) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("beaconfleet.dev/mnemonic\n" + mnemonic.Phrase)))[..16];

    /// <returns>Whether it was created with this content.</returns>
    private async Task<bool> CreateAsync(Secret secret, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(secret);
        Secret stored;
        bool isNew = true;
        try
        {
            stored = await client.CreateAsync(secret, new WriteOptions { FieldManager = Labels.ManagedByValue }, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            isNew = false;
            stored = await client.GetAsync<Secret>(key, cancellationToken);
            if (Ownership.IsOfAnother(stored, Ownership.OwnersOf(secret)))
            {
                throw Ownership.LookAgain(stored, "belonged to an earlier testnet and is being collected", exception);
            }

            if (!Judge(stored).IsOf(Ownership.OwnersOf(secret)))
            {
                throw new OperatorException(NotOurs(key));
            }
        }

        Remember(key, stored);
        return isNew;
    }

    private async Task<Finding> FindAsync(ObjectKey key, IReadOnlyList<string?>? owners, SecretPass pass, CancellationToken cancellationToken)
    {
        if (!Names.IsObjectName(key.Name))
        {
            // A spec that is refused for it comes this far, too: no request is made of what may lead elsewhere.
            return Judge(null);
        }

        if (!_findings.TryGetValue(key, out Finding? finding) || !IsBelieved(finding, pass))
        {
            if (pass.IsFirst && owners is not null)
            {
                // It is about to be made, and the creation tells as well as a read whether it exists.
                return Judge(null);
            }

            finding = Remember(key, await client.FindAsync<Secret>(key, cancellationToken));
        }

        if (owners is null || !finding.Exists || finding.IsOf(owners))
        {
            return finding;
        }

        // Of an earlier testnet of this name, about to be collected: as good as gone. Or of somebody, who did not mean it for testnets.
        _findings.TryRemove(key, out _);
        return Judge(null) with { IsForeign = finding.Controller is null };
    }

    /// <summary>That a Secret is missing is believed by the pass that found it only: it is about to make it.</summary>
    private bool IsBelieved(Finding finding, SecretPass pass) =>
        finding.Timestamp >= pass.Began || (finding.Exists && time.GetElapsedTime(finding.Timestamp) < (pass.InTrouble ? MaxAgeInTrouble : MaxAge));

    private static string NotOurs(ObjectKey key) =>
        $"Secret {key.Name} exists and is not the operator's; delete or rename it, or label it {Labels.Use}=true if it is meant for this testnet.";

    private Finding Remember(ObjectKey key, Secret? secret)
    {
        Finding finding = Judge(secret);
        if (_findings.Count >= Capacity)
        {
            _findings.Clear();
        }

        _findings[key] = finding;
        return finding;
    }

    private Finding Judge(Secret? secret) => new(
        time.GetTimestamp(),
        secret is not null,
        secret?.Metadata.Labels?.GetValueOrDefault(Labels.Use) == "true",
        secret?.Metadata.Labels?.GetValueOrDefault(Labels.AppManagedBy) == Labels.ManagedByValue,
        secret?.Data?.GetValueOrDefault(PeerIdentity.SecretKey) is { } identity ? PeerIdentity.FromHex(Encoding.ASCII.GetString(identity)) : null,
        Parse(secret) is { } mnemonic ? Fingerprint(mnemonic) : null,
        secret?.Metadata.OwnerReferences?.Find(owner => owner.Controller == true)?.Uid);

    private static Mnemonic? Parse(Secret? secret)
    {
        if (secret?.Data?.GetValueOrDefault(IterationMaps.MnemonicKey) is not { } bytes)
        {
            return null;
        }

        try
        {
            return Mnemonic.Parse(Encoding.UTF8.GetString(bytes));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed record Finding(long Timestamp, bool Exists, bool MayBeUsed, bool IsLabelledOurs, string? PeerId, string? Fingerprint, string? Controller)
    {
        /// <summary>Whether it is there under the name of one of ours, and is nobody's that the operator knows.</summary>
        public bool IsForeign { get; init; }

        /// <summary>Whether it is controlled by one of these; what nobody controls has to be marked as the operator's, or for its use.</summary>
        public bool IsOf(IReadOnlyList<string?> owners) => Controller is null ? IsLabelledOurs || MayBeUsed : owners.Contains(Controller, StringComparer.Ordinal);
    }
}

/// <summary>A pass that asks for Secrets.</summary>
/// <param name="Began">Timestamp; what was found later counts as found by it.</param>
/// <param name="InTrouble">Whether something is wrong, so that old findings are not believed.</param>
internal readonly record struct SecretPass(long Began, bool InTrouble)
{
    /// <summary>Whether nothing was made for what it is about and nothing said of it, so that nothing is likely to be there that it would own.</summary>
    public bool IsFirst { get; init; }
}

/// <summary>What a Secret may be used for.</summary>
/// <param name="Exists">Whether it exists.</param>
/// <param name="IsLabelled">Whether any spec of its namespace may refer to it.</param>
/// <param name="IsOwn">Whether the operator made it for the owner in question.</param>
internal readonly record struct SecretUse(bool Exists, bool IsLabelled, bool IsOwn);
