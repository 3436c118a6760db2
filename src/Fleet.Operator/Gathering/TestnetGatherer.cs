using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;
using Fleet.Api.Validation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Fleet.Operator.Probing;
using Fleet.Operator.Sampling;
using Fleet.Planning;

namespace Fleet.Operator.Gathering;

/// <summary>Puts together what a decision about a testnet is made from; see <see cref="TestnetObservation"/>.</summary>
internal sealed class TestnetGatherer(Informers informers, SecretKeeper secrets, NodeProbe probe, Histories histories, PrometheusPrefixes prometheus, OperatorSettings settings)
{
    /// <summary>The observation; null when there is no such testnet, or it is going away.</summary>
    /// <param name="key">The testnet.</param>
    /// <param name="pass">The pass that asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TestnetObservation?> GatherAsync(ObjectKey key, SecretPass pass, CancellationToken cancellationToken)
    {
        if (GatherLocal(key) is not { } local)
        {
            return null;
        }

        Testnet testnet = local.Testnet;
        string uid = testnet.Metadata.Uid!;
        SecretReference? reference = testnet.Spec.Genesis.MnemonicSecretRef;
        ImmutableHashSet<string> keys = await KeysSecretsAsync(key, uid, local.ConfigMaps, local.Pods, pass, cancellationToken);
        return local with
        {
            KeysSecrets = keys,
            Mnemonic = await secrets.FindMnemonicAsync(
                new ObjectKey(key.Namespace, reference?.Name ?? Names.Mnemonic(key.Name)), [uid], reference is not null, mustBeFresh: IsNeeded(local, keys), pass with { IsFirst = IsUntouched(local) }, cancellationToken),
            SecretProblem = await SecretReferences.ProblemOfPullSecretsAsync(secrets, key.Namespace, testnet.Spec.ImagePullSecrets, pass, cancellationToken),
        };
    }

    /// <summary>The part of the observation that is in memory: everything but the Secrets.</summary>
    public TestnetObservation? GatherLocal(ObjectKey key)
    {
        if (informers.Testnets.Store.Get(key) is not { Metadata.DeletionTimestamp: null } testnet)
        {
            return null;
        }

        // What is left of an earlier testnet of this name is about to be collected, and is none of this one's.
        string uid = testnet.Metadata.Uid!;
        ImmutableSortedDictionary<string, Pod> pods = ByName(informers.Pods.Store.OfGroup(key.Namespace, key.Name));
        ImmutableSortedDictionary<string, BeaconNode> nodes = ByName(informers.Nodes.Store.OfGroup(key.Namespace, key.Name));
        return new TestnetObservation
        {
            Testnet = testnet,
            Settings = settings,
            History = histories.Find(key, uid),
            Others = OthersThatMatter(testnet),
            Nodes = nodes,
            Rollouts = [.. informers.Rollouts.Store.OfGroup(key.Namespace, key.Name).Where(rollout => !Ownership.IsOfAnother(rollout, uid) && rollout.Metadata.DeletionTimestamp is null).OrderBy(rollout => rollout.Spec.Number)],
            Resets = [.. informers.Resets.Store.OfGroup(key.Namespace, key.Name).Where(reset => !Ownership.IsOfAnother(reset, uid) && reset.Metadata.DeletionTimestamp is null).OrderBy(reset => reset.Spec.FromIteration).ThenBy(reset => reset.Metadata.CreationTimestamp).ThenBy(reset => reset.Metadata.Name, StringComparer.Ordinal)],
            StatefulSets = ByName(informers.StatefulSets.Store.OfGroup(key.Namespace, key.Name)),
            Pods = pods,
            ConfigMaps = ByName(informers.ConfigMaps.Store.OfGroup(key.Namespace, key.Name).Where(map => !Ownership.IsOfAnother(map, uid))),
            Service = Own(informers.Services.Store.Get(new ObjectKey(key.Namespace, Names.Service(key.Name))), uid),
            DisruptionBudget = Own(informers.Budgets.Store.Get(new ObjectKey(key.Namespace, Names.DisruptionBudget(key.Name))), uid),
            SourceProblem = testnet.Spec.Observability.PrometheusURL is { Length: > 0 } url && !prometheus.TryAllow(url, out _, out string? problem) ? problem : null,
            Snapshots = nodes.Keys
                .Select(name => probe.Find(new ObjectKey(key.Namespace, name)))
                .Where(snapshot => snapshot is not null && pods.GetValueOrDefault(Names.Pod(snapshot.Node))?.Metadata.Uid == snapshot.PodUid)
                .ToImmutableSortedDictionary(snapshot => snapshot!.Node, snapshot => snapshot!, StringComparer.Ordinal),
        };
    }

    /// <summary>Others matter to a testnet that claims a protocol ID. Most claim none, and a pass over one of them takes no longer the more there are.</summary>
    private ImmutableArray<Testnet> OthersThatMatter(Testnet testnet) =>
        TestnetValidator.ExplicitProtocolId(testnet) is null ? [] : [.. informers.Testnets.Store.List().Where(other => other.Metadata.Uid != testnet.Metadata.Uid)];

    /// <summary>Whether something will be made from the mnemonic: then it is looked at anew, for what was found earlier may be gone.</summary>
    private static bool IsNeeded(TestnetObservation world, ImmutableHashSet<string> keys) =>
        FindRecord(world.ConfigMaps.Values) is not { } record
        || keys.Count < record.Assignment.Ranges.Length
        || world.Resets.Any(reset => reset.Status?.Phase == ResetPhases.NewGenesis);

    /// <summary>Whether nothing was ever made for it or said of it. Once a record exists, a mnemonic that is taken for missing would cost it its record.</summary>
    private static bool IsUntouched(TestnetObservation world) => world.Testnet.Status is null && world.ConfigMaps.IsEmpty;

    private static T? Own<T>(T? value, string uid)
        where T : class, IKubernetesObject<T> => value is null || Ownership.IsOfAnother(value, uid) ? null : value;

    /// <summary>Record of the highest iteration in a set of ConfigMaps.</summary>
    internal static IterationRecord? FindRecord(IEnumerable<ConfigMap> maps) =>
        maps.Select(map => IterationRecord.FromData(map.Data)).Where(record => record is not null).MaxBy(record => record!.Iteration);

    private async Task<ImmutableHashSet<string>> KeysSecretsAsync(
        ObjectKey key, string uid, ImmutableSortedDictionary<string, ConfigMap> maps, ImmutableSortedDictionary<string, Pod> pods, SecretPass pass, CancellationToken cancellationToken)
    {
        ImmutableHashSet<string>.Builder found = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        if (FindRecord(maps.Values) is not { } record)
        {
            return found.ToImmutable();
        }

        foreach (KeyRange range in record.Assignment.Ranges)
        {
            string name = Names.KeysSecret(range.Node, record.Iteration);
            Pod? pod = pods.GetValueOrDefault(Names.Pod(range.Node));
            bool inTrouble = pod is not null && !Planning.Steps.PodFacts.IsRunning(pod);
            if ((await secrets.FindUseAsync(new ObjectKey(key.Namespace, name), [uid], pass with { InTrouble = inTrouble }, cancellationToken)).IsOwn)
            {
                found.Add(name);
            }
        }

        return found.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, T> ByName<T>(IEnumerable<T> values)
        where T : class, IKubernetesObject<T> => values.ToImmutableSortedDictionary(value => value.Metadata.Name!, value => value, StringComparer.Ordinal);
}

/// <summary>Puts together what a decision about a node is made from; see <see cref="NodeObservation"/>.</summary>
internal sealed class NodeGatherer(IKubernetesClient client, Informers informers, SecretKeeper secrets, NodeProbe probe, OperatorSettings settings)
{
    /// <summary>The observation; null when there is no such node, or it is going away.</summary>
    /// <param name="key">The node.</param>
    /// <param name="pass">The pass that asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<NodeObservation?> GatherAsync(ObjectKey key, SecretPass pass, CancellationToken cancellationToken)
    {
        if (informers.Nodes.Store.Get(key) is not { Metadata.DeletionTimestamp: null } node)
        {
            return null;
        }

        Testnet? testnet = informers.Testnets.Store.Get(new ObjectKey(key.Namespace, node.Spec.Testnet));
        Pod? pod = informers.Pods.Store.Get(new ObjectKey(key.Namespace, Names.Pod(key.Name)));
        IterationRecord? record = Record(key.Namespace, node);
        StatefulSet? set = informers.StatefulSets.Store.Get(key) ?? await FindHiddenAsync(key, pod, cancellationToken);
        pass = pass with { InTrouble = pod is not null && !Planning.Steps.PodFacts.IsRunning(pod), IsFirst = node.Status is null && set is null };
        string? problem = await SecretReferences.ProblemAsync(secrets, node, testnet, pass, cancellationToken);
        return new NodeObservation
        {
            Node = node,
            Settings = settings,
            Testnet = testnet is { Metadata.DeletionTimestamp: null } ? testnet : null,
            Siblings = [.. informers.Nodes.Store.OfGroup(key.Namespace, node.Spec.Testnet).Where(other => other.Metadata.Name != key.Name)],
            StatefulSet = set,
            Pod = pod,
            Claim = await FindClaimAsync(new ObjectKey(key.Namespace, Names.DataClaim(key.Name)), node, set, cancellationToken),
            PeerId = problem is not null ? null : await secrets.FindPeerIdAsync(
                new ObjectKey(key.Namespace, node.Spec.IdentitySecretRef?.Name ?? Names.IdentitySecret(key.Name)),
                node.Spec.IdentitySecretRef is null ? [node.Metadata.Uid, testnet?.Metadata.Uid] : null,
                pass,
                cancellationToken),
            SecretProblem = problem,
            GenesisValidators = record?.Parameters.Validators ?? 0,
            Pair = [.. record?.PairRanges ?? []],
            GenesisTime = record is null ? null : GenesisTime(key.Namespace, node.Spec.Testnet, record.Iteration) ?? (testnet?.Status?.Iteration == record.Iteration ? testnet.Status.GenesisTime : null),
            Clock = record is null ? null : Planning.Steps.ChainClock.Of(record.Parameters.Preset, record.Parameters.Config),
            Snapshot = probe.Find(key),
        };
    }

    /// <summary>A pod that somebody controls has a StatefulSet, or had one: it may be there and only lack the labels by which it is watched.</summary>
    private async Task<StatefulSet?> FindHiddenAsync(ObjectKey key, Pod? pod, CancellationToken cancellationToken) =>
        pod?.Metadata.OwnerReferences?.Exists(owner => owner.Kind == StatefulSet.Resource.Kind) == true ? await client.FindAsync<StatefulSet>(key, cancellationToken) : null;

    /// <summary>A node that had a volume is not held on the word of a list that may lag, or that leaves out what lost its labels.</summary>
    private async Task<PersistentVolumeClaim?> FindClaimAsync(ObjectKey key, BeaconNode node, StatefulSet? set, CancellationToken cancellationToken) =>
        informers.Claims.Store.Get(key)
        ?? (set is not null && node.Spec.Role != NodeRoles.Bootnode ? await client.FindAsync<PersistentVolumeClaim>(key, cancellationToken) : null);

    private DateTimeOffset? GenesisTime(string @namespace, string testnet, int iteration) =>
        IterationRecords.GenesisTime(
            informers.ConfigMaps.Store.Get(new ObjectKey(@namespace, Names.GenesisTime(testnet, iteration))),
            informers.ConfigMaps.Store.Get(new ObjectKey(@namespace, Names.Network(testnet, iteration))));

    private IterationRecord? Record(string @namespace, BeaconNode node)
    {
        int? iteration = node.Spec.Iteration;
        IEnumerable<ConfigMap> maps = informers.ConfigMaps.Store.OfGroup(@namespace, node.Spec.Testnet).Where(map =>
            iteration is null || map.Metadata.Labels?.GetValueOrDefault(Labels.Iteration) == iteration.Value.ToString(CultureInfo.InvariantCulture));
        return TestnetGatherer.FindRecord(maps);
    }
}
