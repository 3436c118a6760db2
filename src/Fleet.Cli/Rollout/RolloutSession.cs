using System.Collections.Immutable;
using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Rollout;

/// <summary>What the verbs of <c>fleet rollout</c> do on one API server; each returns the exit code.</summary>
internal sealed class RolloutSession(IKubernetesClient client, string @namespace, OutputFormat format, TimeSpan? limit, TimeProvider time, TextWriter output) : IDisposable
{
    private readonly RolloutReader _reader = new(client, @namespace);

    /// <summary>A session with the server that the command line names.</summary>
    public static RolloutSession Open(ParseResult parsed, TimeSpan? limit)
    {
        KubernetesClient client = Connection.Open(parsed);
        return new RolloutSession(client, Connection.NamespaceOf(parsed, client), parsed.GetValue(CommonOptions.Output), limit, TimeProvider.System, Console.Out);
    }

    /// <inheritdoc/>
    public void Dispose() => (client as IDisposable)?.Dispose();

    /// <summary>All roll-outs of the namespace.</summary>
    public async Task<int> ListAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<CanaryRollout> rollouts = await _reader.ListAsync(cancellationToken);
        if (format != OutputFormat.Text)
        {
            DataPrinter.Print(new KubernetesList<CanaryRollout> { ApiVersion = "v1", Kind = "List", Items = [.. rollouts] }, CanaryRollout.ListJsonType, format, output);
        }
        else if (rollouts.IsEmpty)
        {
            output.WriteLine($"No roll-outs in namespace {@namespace}; one begins when spec.image of a testnet changes.");
        }
        else
        {
            RolloutTable.Write(rollouts, time.GetUtcNow(), output);
        }

        return ExitCodes.Ok;
    }

    /// <summary>One roll-out.</summary>
    /// <returns>When it is followed, whether it succeeded; else that it was shown.</returns>
    public async Task<int> ShowAsync(string name, bool follow, CancellationToken cancellationToken)
    {
        RolloutTarget target = await _reader.FindAsync(name, cancellationToken);
        if (follow)
        {
            // Lines are for people: what is printed as data is the roll-out at the end.
            CanaryRollout last = await FollowAsync(ObjectKey.Of(target.Rollout), format == OutputFormat.Text ? output : TextWriter.Null, cancellationToken);
            await PrintAsync(target with { Rollout = last, Earlier = [] }, cancellationToken);
            return RolloutWords.PhaseOf(last) == RolloutPhases.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
        }

        await PrintAsync(target, cancellationToken);
        return ExitCodes.Ok;
    }

    /// <summary>A person's decision.</summary>
    /// <returns>When it is followed, whether it ended as was decided; else that it was set.</returns>
    public async Task<int> DecideAsync(string name, string decision, bool follow, CancellationToken cancellationToken)
    {
        CanaryRollout rollout = await new RolloutDecision(client, @namespace).SetAsync(name, decision, output, cancellationToken);
        if (!follow)
        {
            return ExitCodes.Ok;
        }

        CanaryRollout last = await FollowAsync(ObjectKey.Of(rollout), output, cancellationToken);
        bool isSucceeded = RolloutWords.PhaseOf(last) == RolloutPhases.Succeeded;
        return isSucceeded == (decision == RolloutDecisions.Approve) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>Another attempt with a refused image.</summary>
    /// <returns>When it is followed, whether the new attempt succeeded; else that it was asked for.</returns>
    public async Task<int> RetryAsync(string testnet, bool follow, CancellationToken cancellationToken)
    {
        int before = (await _reader.ListAsync(cancellationToken)).Where(rollout => rollout.Spec.Testnet == testnet).Select(rollout => rollout.Spec.Number).DefaultIfEmpty().Max();
        await new RolloutRetry(client, @namespace, time).AskAsync(testnet, output, cancellationToken);
        if (!follow)
        {
            return ExitCodes.Ok;
        }

        CanaryRollout next = await WithinAsync(
            token => new RolloutFollower(client, time, output).NextOfAsync(@namespace, testnet, before, token), () => $"testnet {testnet} has begun no new roll-out", cancellationToken);
        CanaryRollout last = await FollowAsync(ObjectKey.Of(next), output, cancellationToken);
        return RolloutWords.PhaseOf(last) == RolloutPhases.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private Task<CanaryRollout> FollowAsync(ObjectKey key, TextWriter lines, CancellationToken cancellationToken) =>
        WithinAsync(token => new RolloutFollower(client, time, lines).FollowAsync(key, token), () => $"{key.Name} has not ended", cancellationToken);

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> work, Func<string> notYet, CancellationToken cancellationToken)
    {
        if (limit is not { } most)
        {
            return await work(cancellationToken);
        }

        using var timeout = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"After {Duration.From(most)}, {notYet()}; give a longer --timeout, or see 'fleet rollout get'.", ExitCodes.TimedOut);
        }
    }

    private async Task PrintAsync(RolloutTarget target, CancellationToken cancellationToken)
    {
        if (format != OutputFormat.Text)
        {
            DataPrinter.Print(target.Rollout, CanaryRollout.JsonType, format, output);
            return;
        }

        RolloutTree.Write(await _reader.ViewAsync(target, cancellationToken), time.GetUtcNow(), output);
    }
}
