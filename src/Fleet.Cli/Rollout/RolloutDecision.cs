using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Rollout;

/// <summary>Sets what a person decided on a roll-out, exactly on the one that was looked at.</summary>
internal sealed class RolloutDecision(IKubernetesClient client, string @namespace)
{
    /// <summary>The operator writes progress all the time; more conflicts in a row are no coincidence.</summary>
    private const int Attempts = 8;

    /// <summary>Sets it.</summary>
    /// <param name="name">A roll-out, or a testnet whose active one is meant.</param>
    /// <param name="decision">One of <see cref="RolloutDecisions"/>.</param>
    /// <param name="output">For the sentence of what follows.</param>
    /// <param name="cancellationToken">Ends the waiting for the server.</param>
    /// <returns>The roll-out.</returns>
    /// <exception cref="CliException">It cannot be decided, or not so.</exception>
    public async Task<CanaryRollout> SetAsync(string name, string decision, TextWriter output, CancellationToken cancellationToken)
    {
        RolloutTarget target = await new RolloutReader(client, @namespace).FindAsync(name, cancellationToken);
        CanaryRollout rollout = target.Rollout;
        if (target.IsByTestnet && RolloutPhases.IsEnd(RolloutWords.PhaseOf(rollout)))
        {
            throw new CliException($"Testnet {name} has no active roll-out; the last, {rollout.Metadata.Name}, ended as {RolloutWords.PhaseOf(rollout)}.");
        }

        string uid = rollout.Metadata.Uid!;
        for (int attempt = 1; ; attempt++)
        {
            DecisionAnswer answer = DecisionAnswer.To(rollout, decision);
            if (!answer.IsToBeSet)
            {
                output.WriteLine(SafeText.Neutralise(answer.Sentence));
                return rollout;
            }

            try
            {
                rollout = await PatchAsync(rollout, decision, cancellationToken);
                output.WriteLine(SafeText.Neutralise(answer.Sentence));
                return rollout;
            }
            catch (KubernetesException conflict) when (conflict.IsConflict && attempt < Attempts)
            {
                // It changed meanwhile, so the answer may be another one.
                CanaryRollout? now = await client.FindAsync<CanaryRollout>(ObjectKey.Of(rollout), cancellationToken);
                rollout = now?.Metadata.Uid == uid ? now : throw new CliException($"{rollout.Metadata.Name} was deleted; 'fleet rollout get' lists what there is.");
            }
        }
    }

    private Task<CanaryRollout> PatchAsync(CanaryRollout rollout, string decision, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = rollout.Metadata.Uid, ["resourceVersion"] = rollout.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["decision"] = decision },
        };
        return client.PatchAsync<CanaryRollout>(ObjectKey.Of(rollout), Patch.Merge(body), new WriteOptions { FieldManager = "fleet" }, cancellationToken);
    }
}

/// <summary>What follows from a decision at this moment. Pure.</summary>
/// <param name="IsToBeSet">Whether it is not set yet.</param>
/// <param name="Sentence">What the person is told.</param>
internal sealed record DecisionAnswer(bool IsToBeSet, string Sentence)
{
    /// <summary>The answer.</summary>
    /// <exception cref="CliException">It cannot be decided so.</exception>
    public static DecisionAnswer To(CanaryRollout rollout, string decision)
    {
        string name = rollout.Metadata.Name!;
        string phase = RolloutWords.PhaseOf(rollout);
        CanaryRolloutSpec spec = rollout.Spec;
        if (spec.Decision == decision)
        {
            return new DecisionAnswer(false, $"{name} has that decision already ({decision}); it is {phase}.");
        }

        if (RolloutPhases.IsEnd(phase))
        {
            throw new CliException($"{name} has ended as {phase} and cannot be decided any more; 'fleet rollout get {spec.Testnet}' shows the latest roll-out.");
        }

        if (spec.Decision is { } other)
        {
            throw new CliException(
                $"{name} was decided already ({other}), and a decision cannot be changed; set spec.image of testnet {spec.Testnet} to {spec.From} or to {spec.To} to have it otherwise.");
        }

        return decision == RolloutDecisions.Approve ? Approve(name, phase, spec)
            : new DecisionAnswer(true, $"{name} ends: {(RolloutPhases.IsPromoted(phase) ? "every node" : "the pair")} goes back to {spec.From}.");
    }

    private static DecisionAnswer Approve(string name, string phase, CanaryRolloutSpec spec) => phase switch
    {
        RolloutPhases.AwaitingApproval => new DecisionAnswer(true, $"{name} goes on with {spec.To} in spite of its score."),

        // The one decision there is would be spent, and it could not be aborted any more.
        RolloutPhases.Promoting or RolloutPhases.Baking => throw new CliException(
            $"{name} is {phase}, where nobody is asked, so there is nothing to approve; 'fleet rollout abort {name}' would end it."),
        _ => new DecisionAnswer(true, $"{name} is {phase} and asks nobody yet; the approval counts as soon as it does, and cannot be taken back."),
    };
}
