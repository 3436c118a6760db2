using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Rollout;

/// <summary>A roll-out with what is needed to explain it.</summary>
/// <param name="Rollout">The roll-out.</param>
/// <param name="Spec">What its testnet says about roll-outs; null when there is no such testnet.</param>
/// <param name="Verdict">What its verdict was made of; null while there is none, or when it is gone.</param>
/// <param name="Earlier">Earlier roll-outs of the testnet, the latest first; empty unless they were asked for.</param>
internal sealed record RolloutView(CanaryRollout Rollout, RolloutSpec? Spec, VerdictReport? Verdict, ImmutableArray<CanaryRollout> Earlier);

/// <summary>The roll-out that a name means: of its own, or of a testnet.</summary>
/// <param name="Rollout">The roll-out; of a testnet the latest.</param>
/// <param name="Earlier">Those before it, the latest first, when a testnet was named.</param>
/// <param name="IsByTestnet">Whether a testnet was named.</param>
internal sealed record RolloutTarget(CanaryRollout Rollout, ImmutableArray<CanaryRollout> Earlier, bool IsByTestnet);

/// <summary>Reads roll-outs of a namespace.</summary>
internal sealed class RolloutReader(IKubernetesClient client, string @namespace)
{
    /// <summary>All of the namespace, testnet by testnet, the latest first.</summary>
    public async Task<ImmutableArray<CanaryRollout>> ListAsync(CancellationToken cancellationToken) =>
    [
        .. (await client.ListAllAsync<CanaryRollout>(@namespace, options: null, cancellationToken)).Items
            .OrderBy(rollout => rollout.Spec.Testnet, NaturalOrder.Instance)
            .ThenByDescending(rollout => rollout.Spec.Number),
    ];

    /// <summary>The roll-out of that name, else the latest of the testnet of that name.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public async Task<RolloutTarget> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (await client.FindAsync<CanaryRollout>(new ObjectKey(@namespace, name), cancellationToken) is { } named)
        {
            return new RolloutTarget(named, [], IsByTestnet: false);
        }

        ImmutableArray<CanaryRollout> ofTestnet = [.. (await ListAsync(cancellationToken)).Where(rollout => rollout.Spec.Testnet == name)];
        if (ofTestnet.Length > 0)
        {
            return new RolloutTarget(ofTestnet[0], ofTestnet[1..], IsByTestnet: true);
        }

        throw new CliException(await client.FindAsync<Testnet>(new ObjectKey(@namespace, name), cancellationToken) is null
            ? $"There is no roll-out and no testnet {name} in namespace {@namespace}; 'fleet rollout get' lists roll-outs."
            : $"Testnet {name} has had no roll-out yet; one begins when its spec.image changes.");
    }

    /// <summary>Everything that explains a roll-out.</summary>
    public async Task<RolloutView> ViewAsync(RolloutTarget target, CancellationToken cancellationToken)
    {
        Testnet? testnet = await client.FindAsync<Testnet>(new ObjectKey(@namespace, target.Rollout.Spec.Testnet), cancellationToken);
        return new RolloutView(target.Rollout, testnet?.Spec.Rollout, await FindVerdictAsync(target.Rollout, cancellationToken), target.Earlier);
    }

    /// <summary>What a verdict was made of.</summary>
    /// <exception cref="CliException">There is none, or not any more.</exception>
    public async Task<VerdictReport> GetVerdictAsync(CanaryRollout rollout, CancellationToken cancellationToken)
    {
        string name = rollout.Metadata.Name!;
        if (rollout.Status?.Evidence is not { } evidence)
        {
            string phase = RolloutWords.PhaseOf(rollout);
            string message = rollout.Status?.Message is { Length: > 0 } said ? ": " + said.TrimEnd('.') : "";
            throw new CliException(RolloutPhases.IsEnd(phase)
                ? $"{name} ended as {phase} without a verdict{message}; 'fleet rollout get {name}' tells what is known."
                : $"{name} has no verdict yet; it is {phase}{message}. 'fleet rollout get {name} -w' follows it.");
        }

        if (await client.FindAsync<ConfigMap>(new ObjectKey(@namespace, evidence), cancellationToken) is not { } kept)
        {
            throw new CliException($"The evidence of {name}, ConfigMap {evidence}, is gone; 'fleet rollout get {name}' has the numbers of its verdict.");
        }

        return ReadVerdict(kept)
            ?? throw new CliException($"ConfigMap {evidence} holds no verdict that this version reads; use the version of fleet that belongs to the operator.");
    }

    private async Task<VerdictReport?> FindVerdictAsync(CanaryRollout rollout, CancellationToken cancellationToken) =>
        rollout.Status?.Evidence is { } evidence && await client.FindAsync<ConfigMap>(new ObjectKey(@namespace, evidence), cancellationToken) is { } kept
            ? ReadVerdict(kept)
            : null;

    private static VerdictReport? ReadVerdict(ConfigMap evidence) =>
        evidence.BinaryData?.GetValueOrDefault(VerdictEvidence.Key) is { } data ? VerdictEvidence.Read(data) : null;
}
