using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The BeaconNodes of a testnet.</summary>
public static class BeaconNodeBuilder
{
    /// <summary>A bootnode.</summary>
    public static BeaconNode Bootnode(Testnet testnet, IterationRecord record, int ordinal, string image)
    {
        BeaconNode node = Shell(testnet, record, Names.BootnodePool, ordinal, NodeRoles.Bootnode, image);
        node.Spec.Resources = testnet.Spec.Bootnodes.Resources;
        return node;
    }

    /// <summary>A node of a pool; it has keys when the iteration's assignment gives its ordinal some.</summary>
    public static BeaconNode Node(Testnet testnet, IterationRecord record, PoolSpec pool, int ordinal, string image)
    {
        BeaconNode node = Shell(testnet, record, pool.Name, ordinal, pool.Role, image);
        Fill(node, record, pool);
        return node;
    }

    /// <summary>Baseline or canary: alike in everything but the image, and like the first pool's nodes in what Kubernetes gives them.</summary>
    /// <param name="testnet">The testnet.</param>
    /// <param name="record">The iteration, which reserved keys for it.</param>
    /// <param name="role"><see cref="NodeRoles.Baseline"/> or <see cref="NodeRoles.Canary"/>.</param>
    /// <param name="image">Its image.</param>
    /// <param name="chain">Where its chain lies and where it came from.</param>
    public static BeaconNode OfPair(Testnet testnet, IterationRecord record, string role, string image, PairChain chain)
    {
        BeaconNode node = Shell(testnet, record, role, 0, role, image);
        Fill(node, record, testnet.Spec.Pools[0]);
        node.Spec.ChainDirectory = chain.Directory;
        node.Spec.CheckpointSyncURL = chain.CheckpointSyncUrl;
        return node;
    }

    private static void Fill(BeaconNode node, IterationRecord record, PoolSpec pool)
    {
        BeaconNodeSpec spec = node.Spec;
        spec.Resources = pool.Resources;
        spec.Storage = pool.Storage;
        spec.NodeSelector = pool.NodeSelector;
        spec.Tolerations = pool.Tolerations;
        spec.Affinity = pool.Affinity;
        spec.PriorityClassName = pool.PriorityClassName;
        spec.ExtraArgs = pool.ExtraArgs;
        spec.Env = pool.Env;
        spec.LogLevel = pool.LogLevel;
        if (record.RangeOf(node.Metadata.Name!) is { } range)
        {
            spec.KeysSecretRef = new SecretReference { Name = Names.KeysSecret(range.Node, record.Iteration) };
            node.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Keys] = range.ToString() };
        }
    }

    private static BeaconNode Shell(Testnet testnet, IterationRecord record, string pool, int ordinal, string role, string image)
    {
        string name = Names.Node(testnet.Metadata.Name!, pool, ordinal);
        ObjectMeta metadata = ChildMetadata.Of(testnet, name, role == NodeRoles.Bootnode ? "bootnode" : "node", record.Iteration);
        metadata.Labels![Labels.Node] = name;
        metadata.Labels[Labels.Pool] = pool;
        metadata.Labels[Labels.Role] = role;
        return new BeaconNode
        {
            Metadata = metadata,
            Spec = new BeaconNodeSpec
            {
                Testnet = testnet.Metadata.Name!,
                Role = role,
                Image = image,
                ImagePullPolicy = testnet.Spec.ImagePullPolicy,
                ImagePullSecrets = testnet.Spec.ImagePullSecrets,
                Iteration = record.Iteration,
                Suspend = testnet.Spec.Suspend,
            },
        };
    }
}

/// <summary>The chain of a node of the pair.</summary>
/// <param name="Directory">Suffix of the chain directory's name; null: none.</param>
/// <param name="CheckpointSyncUrl">Node it started from; null: from genesis.</param>
public sealed record PairChain(string? Directory, string? CheckpointSyncUrl);
