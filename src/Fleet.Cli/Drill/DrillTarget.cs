using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;

namespace Fleet.Cli.Drill;

/// <summary>One node, as far as drills are concerned.</summary>
/// <param name="Name">Name of the BeaconNode.</param>
/// <param name="Keys">Validator keys of the running iteration.</param>
/// <param name="Address">Address of its pod; null: it has none.</param>
/// <param name="Beacon">Process of its beacon node.</param>
/// <param name="Validator">Process of its validator client; null: it has none.</param>
/// <param name="HasVolume">Whether it keeps a chain.</param>
internal sealed record DrillNode(string Name, int Keys, string? Address, int? Beacon, int? Validator, bool HasVolume)
{
    /// <summary>Its processes that run.</summary>
    public IEnumerable<int> Processes => new[] { Beacon, Validator }.OfType<int>();
}

/// <summary>The testnet that a drill is for, as it is now.</summary>
internal sealed record DrillTarget
{
    /// <summary>Name of the Testnet.</summary>
    public required string Name { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Number of the running iteration.</summary>
    public required int Iteration { get; init; }

    /// <summary>The user's own Secret with the mnemonic; null: the operator generated one.</summary>
    public string? OwnMnemonic { get; init; }

    /// <summary>Its nodes in the order of their names, bootnodes among them.</summary>
    public required ImmutableArray<DrillNode> Nodes { get; init; }

    /// <summary>Keys of all nodes.</summary>
    public int TotalKeys => Nodes.Sum(node => node.Keys);

    /// <summary>Nodes that follow the chain.</summary>
    public IEnumerable<DrillNode> ChainNodes => Nodes.Where(node => node.HasVolume);

    /// <summary>A node that follows the chain.</summary>
    /// <exception cref="CliException">There is none of that name.</exception>
    public DrillNode Require(string name) => ChainNodes.FirstOrDefault(node => node.Name == name)
        ?? throw new CliException($"Testnet {Name} has no node {name} that follows the chain; it has {string.Join(", ", ChainNodes.Select(node => node.Name))}.", ExitCodes.BadInput);

    /// <summary>Reads it.</summary>
    /// <exception cref="CliException">There is no such testnet, or its first iteration has not begun.</exception>
    public static async Task<DrillTarget> ReadAsync(IKubernetesClient client, ObjectKey key, CancellationToken cancellationToken)
    {
        TestnetView view = await new FleetObserver(client).ObserveAsync(key, live: false, cancellationToken)
            ?? throw new CliException($"There is no testnet {key.Name} in namespace {key.Namespace}; 'fleet status' lists those there are.", ExitCodes.BadInput);
        int iteration = view.Testnet.Status?.Iteration ?? 0;
        ConfigMap? map = await client.FindAsync<ConfigMap>(new ObjectKey(key.Namespace, Names.Assignment(key.Name, iteration)), cancellationToken);
        IterationRecord record = IterationRecord.FromData(map?.Data)
            ?? throw new CliException($"Testnet {key.Name} has not begun its first iteration; wait until 'fleet status {key.Name}' shows nodes.");
        return new DrillTarget
        {
            Name = key.Name,
            Namespace = key.Namespace,
            Iteration = iteration,
            OwnMnemonic = view.Testnet.Spec.Genesis.MnemonicSecretRef?.Name,
            Nodes =
            [
                .. view.Nodes.Select(node => new DrillNode(
                    node.Name,
                    record.RangeOf(node.Name)?.Count ?? 0,
                    node.Pod?.Status?.PodIP is { Length: > 0 } address ? address : null,
                    Running(node.Pod, "beacon"),
                    Running(node.Pod, "validator"),
                    !node.IsBootnode)),
            ],
        };
    }

    private static int? Running(Pod? pod, string container) =>
        pod?.Status?.ContainerStatuses?.Exists(status => status.Name == container && status.State?.Running is not null) == true ? ContainerProcess.Of(pod, container) : null;
}
