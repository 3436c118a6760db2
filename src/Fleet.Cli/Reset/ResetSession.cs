using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Reset;

/// <summary>What the forms of <c>fleet reset</c> do on one API server; each returns the exit code.</summary>
internal sealed class ResetSession(IKubernetesClient client, string @namespace, OutputFormat format, TimeSpan? limit, TimeProvider time, TextReader? terminal, TextWriter output) : IDisposable
{
    /// <summary>Names tried for a reset of one iteration: one that was suppressed keeps its name.</summary>
    private const int Attempts = 16;

    /// <summary>A session with the server that the command line names.</summary>
    public static ResetSession Open(ParseResult parsed, TimeSpan? limit)
    {
        KubernetesClient client = Connection.Open(parsed);
        TextReader? terminal = Console.IsInputRedirected ? null : Console.In;
        return new ResetSession(client, Connection.NamespaceOf(parsed, client), parsed.GetValue(CommonOptions.Output), limit, TimeProvider.System, terminal, Console.Out);
    }

    /// <inheritdoc/>
    public void Dispose() => (client as IDisposable)?.Dispose();

    /// <summary>All resets of the namespace.</summary>
    public async Task<int> ListAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<ChainReset> resets = await ResetsAsync(null, cancellationToken);
        if (format != OutputFormat.Text)
        {
            DataPrinter.Print(new KubernetesList<ChainReset> { ApiVersion = "v1", Kind = "List", Items = [.. resets] }, ChainReset.ListJsonType, format, output);
        }
        else if (resets.IsEmpty)
        {
            output.WriteLine($"No resets in namespace {@namespace}; no chain had to be begun anew.");
        }
        else
        {
            ResetText.Table(resets, time.GetUtcNow(), output);
        }

        return ExitCodes.Ok;
    }

    /// <summary>What a reset would keep and lose.</summary>
    public async Task<int> PreviewAsync(string name, CancellationToken cancellationToken)
    {
        output.Write(await PreviewOfAsync(await FindAsync(name, cancellationToken), cancellationToken));
        return ExitCodes.Ok;
    }

    /// <summary>The resets of a testnet, the latest in full.</summary>
    /// <returns>When it is followed, whether the new chain finalizes; else that it was shown.</returns>
    public async Task<int> ShowAsync(string name, bool follow, CancellationToken cancellationToken)
    {
        Testnet testnet = await FindAsync(name, cancellationToken);
        ImmutableArray<ChainReset> resets = await ResetsAsync(name, cancellationToken);
        if (resets is not [.., { } latest])
        {
            output.WriteLine($"The chain of {testnet.Metadata.Name} was never begun anew; 'fleet reset {testnet.Metadata.Name} --dry-run' shows what that would keep and lose.");
            return ExitCodes.Ok;
        }

        if (follow)
        {
            latest = await FollowAsync(ObjectKey.Of(latest), cancellationToken);
        }

        if (format != OutputFormat.Text)
        {
            DataPrinter.Print(latest, ChainReset.JsonType, format, output);
        }
        else
        {
            ResetText.Table(resets, time.GetUtcNow(), output);
            output.WriteLine();
            ResetText.Full(latest, output);
        }

        return !follow || latest.Status?.Phase == ResetPhases.Completed ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>Asks for a reset.</summary>
    /// <returns>When it is followed, whether the new chain finalizes; else that it was asked for.</returns>
    public async Task<int> BeginAsync(string name, string reason, bool mayAsk, bool follow, CancellationToken cancellationToken)
    {
        Testnet testnet = await FindAsync(name, cancellationToken);
        if (testnet.Status?.Iteration is not { } iteration)
        {
            throw new CliException($"Testnet {name} has not begun a chain yet, so there is nothing to end; 'fleet status {name}' says what it waits for.");
        }

        if (testnet.Spec.Recovery.Mode == RecoveryModes.Never)
        {
            throw new CliException($"spec.recovery.mode of testnet {name} is Never, so no reset is carried out; set it to Manual or Automatic first.");
        }

        if (mayAsk && terminal is not null)
        {
            output.Write(await PreviewOfAsync(testnet, cancellationToken));
            output.Write($"\nType {name} to end its chain: ");
            if (await terminal.ReadLineAsync(cancellationToken) is not { } answer || answer.Trim() != name)
            {
                throw new CliException("That is not its name; nothing was done.");
            }
        }

        ChainReset reset = await CreateAsync(testnet, iteration, reason, cancellationToken);
        output.WriteLine(SafeText.Neutralise(string.Create(
            CultureInfo.InvariantCulture,
            $"{reset.Metadata.Name} ends iteration {iteration} of {name}; {(follow ? "it is followed until the new chain finalizes." : $"'fleet reset {name} --wait' follows it.")}")));
        return !follow || (await FollowAsync(ObjectKey.Of(reset), cancellationToken)).Status?.Phase == ResetPhases.Completed ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private async Task<ChainReset> CreateAsync(Testnet testnet, int iteration, string reason, CancellationToken cancellationToken)
    {
        string name = Names.Reset(testnet.Metadata.Name!, iteration);
        for (int attempt = 1; ; attempt++)
        {
            var reset = new ChainReset
            {
                Metadata = new ObjectMeta
                {
                    Name = attempt == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{attempt}"),
                    Namespace = testnet.Metadata.Namespace,
                    OwnerReferences = [OwnerReference.To(testnet)],
                },
                Spec = new ChainResetSpec { Testnet = testnet.Metadata.Name!, FromIteration = iteration, Reason = reason, RequestedBy = Environment.UserName },
            };
            try
            {
                return await client.CreateAsync(reset, new WriteOptions { FieldManager = "fleet" }, cancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists && attempt < Attempts)
            {
                ChainReset? other = await client.FindAsync<ChainReset>(ObjectKey.Of(reset), cancellationToken);
                if (other is not null && !ResetPhases.IsEnd(other.Status?.Phase))
                {
                    throw new CliException($"{other.Metadata.Name} ends that iteration already; 'fleet reset {testnet.Metadata.Name} --wait' follows it.");
                }
            }
        }
    }

    private async Task<ChainReset> FollowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        TextWriter lines = format == OutputFormat.Text ? output : TextWriter.Null;
        var follower = new ObjectFollower<ChainReset>(client, time, lines, ResetText.Line, reset => ResetPhases.IsEnd(reset.Status?.Phase), "fleet reset");
        using var timeout = limit is { } most ? new CancellationTokenSource(most, time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await follower.FollowAsync(key, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"After {Duration.From(limit!.Value)}, {key.Name} has not ended; give a longer --timeout, or see 'fleet reset'.", ExitCodes.TimedOut);
        }
    }

    private async Task<string> PreviewOfAsync(Testnet testnet, CancellationToken cancellationToken)
    {
        KubernetesList<BeaconNode> nodes = await client.ListAllAsync<BeaconNode>(@namespace, null, cancellationToken);
        return ResetPreview.Of(testnet, [.. nodes.Items.Where(node => node.Spec.Testnet == testnet.Metadata.Name)]);
    }

    private async Task<Testnet> FindAsync(string name, CancellationToken cancellationToken) =>
        await client.FindAsync<Testnet>(new ObjectKey(@namespace, name), cancellationToken)
        ?? throw new CliException($"There is no testnet {name} in namespace {@namespace}; 'fleet status' lists what there is.");

    private async Task<ImmutableArray<ChainReset>> ResetsAsync(string? testnet, CancellationToken cancellationToken) =>
    [
        .. (await client.ListAllAsync<ChainReset>(@namespace, null, cancellationToken)).Items
            .Where(reset => testnet is null || reset.Spec.Testnet == testnet)
            .OrderBy(reset => reset.Spec.Testnet, StringComparer.Ordinal)
            .ThenBy(reset => reset.Spec.FromIteration)
            .ThenBy(reset => reset.Metadata.CreationTimestamp),
    ];
}
