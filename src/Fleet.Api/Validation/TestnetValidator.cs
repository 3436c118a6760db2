using Fleet.Kubernetes.Models;

namespace Fleet.Api.Validation;

/// <summary>Every rule of a Testnet, checked alike by the CLI and by the operator.</summary>
/// <remarks>Pure; collects every broken rule instead of stopping at the first.</remarks>
public static class TestnetValidator
{
    /// <summary>Most validators of a genesis.</summary>
    private const int MaxValidators = 65_536;

    /// <summary>Broken rules of one Testnet, in the order of its fields; empty when it is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(Testnet testnet)
    {
        var errors = new ErrorList();
        if (!Names.IsDns1035Label(testnet.Metadata.Name, Names.MaxTestnetName))
        {
            errors.Add("metadata.name", $"must be at most {Names.MaxTestnetName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(testnet.Metadata.Name)}\"");
        }

        TestnetSpec spec = testnet.Spec;
        PodKnobsValidator.Image("spec.image", spec.Image, errors);
        errors.OneOf("spec.imagePullPolicy", spec.ImagePullPolicy, "Always", "IfNotPresent", "Never");
        PodKnobsValidator.Secrets("spec.imagePullSecrets", spec.ImagePullSecrets, errors);
        ConfigValidator.Validate(spec.Network, errors);
        Genesis(spec.Genesis, errors);
        Bootnodes(spec.Bootnodes, errors);
        Pools(spec, errors);
        RolloutValidator.Validate(spec, errors);
        errors.MaxLength("spec.observability.prometheusURL", spec.Observability.PrometheusURL, 256);
        errors.Form("spec.observability.prometheusURL", spec.Observability.PrometheusURL, Patterns.PrometheusUrlRegex(), "the root of a Prometheus such as http://prometheus.monitoring:9090");
        Health(spec.Health, errors);
        Recovery(spec.Recovery, errors);
        errors.OneOf("spec.deletionPolicy", spec.DeletionPolicy, "Delete", "Retain");
        return errors.Errors;
    }

    /// <summary>Broken rules among Testnets applied together: the same explicit protocol ID twice, the same object twice.</summary>
    public static IReadOnlyList<FieldError> ValidateTogether(IReadOnlyList<Testnet> testnets)
    {
        var errors = new ErrorList();
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<ObjectKey>();
        foreach (Testnet testnet in testnets)
        {
            if (!names.Add(ObjectKey.Of(testnet)))
            {
                errors.Add("metadata.name", $"\"{ErrorList.Shown(testnet.Metadata.Name)}\" is given to two testnets");
            }

            if (ExplicitProtocolId(testnet) is not { } protocolId)
            {
                continue;
            }

            if (!owners.TryAdd(protocolId, testnet.Metadata.Name ?? ""))
            {
                errors.Add("spec.network.protocolId", ProtocolIdConflict(protocolId, "testnet " + owners[protocolId]));
            }
        }

        return errors.Errors;
    }

    /// <summary>The protocol ID a Testnet claims for itself alone, or null: none given, or the shared "standard".</summary>
    public static string? ExplicitProtocolId(Testnet testnet) =>
        testnet.Spec.Network.ProtocolId is { Length: > 0 } protocolId && protocolId != "standard" ? protocolId : null;

    /// <summary>The sentence for a protocol ID that another testnet has.</summary>
    public static string ProtocolIdConflict(string protocolId, string owner) =>
        $"{protocolId} is used by {owner}; choose another, or leave it empty for one of its own";

    private static void Genesis(GenesisSpec genesis, ErrorList errors)
    {
        errors.DurationBetween("spec.genesis.delay", genesis.Delay, TimeSpan.Zero, TimeSpan.FromHours(24));
        errors.DurationBetween("spec.genesis.startTimeout", genesis.StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        errors.Form("spec.genesis.time", genesis.Time, Patterns.TimeRegex(), "a time such as 2026-01-31T12:00:00Z");

        if (genesis.Validators is { } validators)
        {
            errors.Range("spec.genesis.validators", validators, 1, MaxValidators);
        }

        if (genesis.MnemonicSecretRef is { } secret)
        {
            PodKnobsValidator.Secret("spec.genesis.mnemonicSecretRef", secret, errors);
        }
    }

    private static void Bootnodes(BootnodesSpec bootnodes, ErrorList errors)
    {
        errors.Range("spec.bootnodes.replicas", bootnodes.Replicas, 0, 8);
        errors.Items("spec.bootnodes.external", bootnodes.External, 16, (item, address) =>
        {
            errors.MaxLength(item, address, 256);
            errors.Form(item, address, Patterns.BootnodeRegex(), "a multiaddress such as /dns4/boot.example/tcp/9000/p2p/16Uiu2…");
        });

        PodKnobsValidator.Resources("spec.bootnodes.resources", bootnodes.Resources, errors);
    }

    private static void Pools(TestnetSpec spec, ErrorList errors)
    {
        if (spec.Pools.Count == 0)
        {
            errors.Add("spec.pools", "must name at least one pool");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        errors.Items("spec.pools", spec.Pools, 32, (item, pool) => Pool(item, pool, names, errors));
        if (spec.Pools.TrueForAll(pool => (PoolSpec?)pool is not null))
        {
            ValidatorSums(spec, errors);
        }
    }

    private static void Pool(string path, PoolSpec pool, HashSet<string> names, ErrorList errors)
    {
        if (!Names.IsDns1035Label(pool.Name, Names.MaxPoolName))
        {
            errors.Add(path + ".name", $"must be at most {Names.MaxPoolName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(pool.Name)}\"");
        }
        else if (Names.ReservedPools.Contains(pool.Name))
        {
            errors.Add(path + ".name", $"\"{pool.Name}\" is reserved; choose another name");
        }
        else if (!names.Add(pool.Name))
        {
            errors.Add(path + ".name", $"\"{pool.Name}\" names two pools");
        }

        errors.Range(path + ".replicas", pool.Replicas, 1, 250);
        if (pool.Validators is { } validators)
        {
            errors.Range(path + ".validators", validators, 0, MaxValidators);
        }

        errors.OneOf(path + ".role", pool.Role, NodeRoles.Node, NodeRoles.Archive);
        PodKnobsValidator.Validate(path, pool, errors);
    }

    private static void ValidatorSums(TestnetSpec spec, ErrorList errors)
    {
        long named = spec.Pools.Sum(pool => (long)(pool.Validators ?? 0));
        int unnamed = spec.Pools.Count(pool => pool.Validators is null);
        if (spec.Genesis.Validators is not { } total)
        {
            if (unnamed > 0)
            {
                errors.Add("spec.genesis.validators", $"must be given, or validators in every pool ({spec.Pools.First(pool => pool.Validators is null).Name} names none)");
                return;
            }

            if (named == 0)
            {
                errors.Add("spec.genesis.validators", "must be at least 1: a chain without validators makes no block");
                return;
            }

            if (named > MaxValidators)
            {
                errors.Add("spec.genesis.validators", $"must be at most {MaxValidators}, but the sum of the pools' validators is {named}");
                return;
            }

            total = (int)named;
        }
        else if (unnamed == 0 && named != total)
        {
            errors.Add("spec.genesis.validators", $"{total} disagrees with the sum of the pools' validators, {named}");
            return;
        }
        else if (named > total)
        {
            errors.Add("spec.genesis.validators", $"{total} is less than the sum of the pools' validators, {named}");
            return;
        }

        if (spec.Rollout.PairValidators is { } pair && pair > 0 && (long)pair * RolloutValidator.KeysForOneOfThePair > total)
        {
            errors.Add(
                "spec.rollout.pairValidators",
                $"must be at most {total / RolloutValidator.KeysForOneOfThePair}, not {pair}: baseline and canary together may have an eighth of the stake, which is a fourteenth of the pools' {total} keys each");
        }

        int slots = spec.Network.Preset == "mainnet" ? 32 : 8;
        if (total is > 0 && total < slots)
        {
            errors.Add("spec.genesis.validators", $"must be at least {slots}, one for each slot of an epoch of preset {ErrorList.Shown(spec.Network.Preset)}, not {total}");
        }
    }

    private static void Health(HealthSpec health, ErrorList errors)
    {
        errors.DurationBetween("spec.health.noBlockAfter", health.NoBlockAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(24));
        errors.Range("spec.health.finalityWarnEpochs", health.FinalityWarnEpochs, 6, 65536);
        errors.Range("spec.health.finalityLostEpochs", health.FinalityLostEpochs, 6, 65536);
        if (health.FinalityLostEpochs < health.FinalityWarnEpochs)
        {
            errors.Add("spec.health.finalityLostEpochs", $"must not be less than finalityWarnEpochs ({health.FinalityWarnEpochs}), not {health.FinalityLostEpochs}");
        }

        errors.Range("spec.health.minOperatorStake", health.MinOperatorStake, 0, 100);
    }

    private static void Recovery(RecoverySpec recovery, ErrorList errors)
    {
        errors.OneOf("spec.recovery.mode", recovery.Mode, RecoveryModes.Automatic, RecoveryModes.Manual, RecoveryModes.Never);
        errors.DurationBetween("spec.recovery.minObserved", recovery.MinObserved, TimeSpan.Zero, TimeSpan.FromHours(168));
        errors.DurationBetween("spec.recovery.genesisDelay", recovery.GenesisDelay, TimeSpan.Zero, TimeSpan.FromHours(24));
        errors.DurationBetween("spec.recovery.cooldown", recovery.Cooldown, TimeSpan.Zero, TimeSpan.FromHours(720));
        errors.Range("spec.recovery.maxResetsPerDay", recovery.MaxResetsPerDay, 0, 100);
        errors.Range("spec.recovery.archive.keep", recovery.Archive.Keep, 1, 8);
    }
}
