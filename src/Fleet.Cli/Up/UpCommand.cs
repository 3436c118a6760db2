using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Up;

/// <summary><c>fleet up</c>: flags only; <see cref="UpVerb"/> does the work.</summary>
internal static class UpCommand
{
    private static readonly Option<int> ApiPort = new("--api-port") { Description = "Port of the API server on 127.0.0.1 (default: any free one)." };
    private static readonly Option<int> OperatorMetricsPort = new("--operator-metrics-port") { Description = "Port of the operator's metrics on 127.0.0.1 (default: none is opened)." };
    private static readonly Option<string[]> Images = new("--image") { Description = "NAME=PATH: run PATH where a pod asks for image NAME. Repeatable." };

    public static Command Create()
    {
        Argument<string[]> files = new("files") { Description = "Manifests to apply (default crds/samples/devnet.yaml).", Arity = ArgumentArity.ZeroOrMore };
        Option<UpGoal?> until = new("--until") { Description = "End when every applied testnet runs or has finalized an epoch of 2 or more." };
        Option<string> timeout = new("--timeout") { Description = "Longest wait for --until, such as 90s or 5m.", DefaultValueFactory = _ => "5m" };
        Option<bool> detach = new("--detach") { Description = "Leave the fleet running in the background; 'fleet down' ends it." };
        Command command = new("up", "Start a local fleet: API server, operator and nodes as processes of this machine.")
        {
            files, until, timeout, detach, ApiPort, OperatorMetricsPort, Images, CommonOptions.DataDir, CommonOptions.Output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (!Duration.TryParse(parsed.GetValue(timeout), out TimeSpan limit) || limit <= TimeSpan.Zero)
            {
                throw new CliException($"--timeout is '{parsed.GetValue(timeout)}', which is no duration such as 90s or 5m.", ExitCodes.BadInput);
            }

            var options = new UpOptions
            {
                Files = parsed.GetValue(files) ?? [],
                Until = parsed.GetValue(until),
                Timeout = limit,
                Detach = parsed.GetValue(detach),
                ApiPort = parsed.GetValue(ApiPort),
                OperatorMetricsPort = parsed.GetValue(OperatorMetricsPort),
                Images = ImageMap.Parse(parsed.GetValue(Images) ?? []),
                DataDirectory = new DataDirectory(parsed.GetValue(CommonOptions.DataDir) ?? DataDirectory.DefaultPath),
                Output = parsed.GetValue(CommonOptions.Output),
            };
            return UpVerb.RunAsync(options, TimeProvider.System, cancellationToken);
        });
        return command;
    }

    /// <summary>The hidden verb that a detached fleet's process runs.</summary>
    public static Command CreateServe()
    {
        Command command = new(DetachedFleet.ServeVerb, "Run a local fleet without following it.") { ApiPort, OperatorMetricsPort, Images, CommonOptions.DataDir };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => UpVerb.ServeAsync(
            new UpOptions
            {
                Files = [],
                Until = null,
                Timeout = TimeSpan.Zero,
                Detach = false,
                ApiPort = parsed.GetValue(ApiPort),
                OperatorMetricsPort = parsed.GetValue(OperatorMetricsPort),
                Images = ImageMap.Parse(parsed.GetValue(Images) ?? []),
                DataDirectory = new DataDirectory(parsed.GetValue(CommonOptions.DataDir) ?? DataDirectory.DefaultPath),
                Output = OutputFormat.Text,
            },
            TimeProvider.System,
            cancellationToken));
        return command;
    }
}

/// <summary>What <c>--until</c> waits for.</summary>
internal enum UpGoal
{
    /// <summary>All pods run and the first block is there.</summary>
    Running,

    /// <summary>Every node has finalized an epoch of 2 or more.</summary>
    Finalized,
}

/// <summary>What the user asked of <c>fleet up</c>.</summary>
internal sealed record UpOptions
{
    public required IReadOnlyList<string> Files { get; init; }

    public required UpGoal? Until { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required bool Detach { get; init; }

    /// <value>0: any free port.</value>
    public required int ApiPort { get; init; }

    /// <value>0: none.</value>
    public required int OperatorMetricsPort { get; init; }

    public required IReadOnlyDictionary<string, string> Images { get; init; }

    public required DataDirectory DataDirectory { get; init; }

    public required OutputFormat Output { get; init; }
}
