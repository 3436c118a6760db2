using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Fleet.Cli.Common;
using Fleet.Cli.Compare;
using Fleet.Cli.Down;
using Fleet.Cli.Drill;
using Fleet.Cli.Lint;
using Fleet.Cli.Logs;
using Fleet.Cli.Nodes;
using Fleet.Cli.Peers;
using Fleet.Cli.Reset;
using Fleet.Cli.Rollout;
using Fleet.Cli.Status;
using Fleet.Cli.Up;
using Fleet.Cli.Version;
using Fleet.Kubernetes;

RootCommand root = new("Beacon-chain test networks: on this machine with `fleet up`, on any Kubernetes cluster through the same objects.")
{
    UpCommand.Create(),
    UpCommand.CreateServe(),
    DownCommand.Create(),
    StatusCommand.Create(),
    NodesCommand.Create(),
    PeersCommand.Create(),
    LogsCommand.Create(),
    CompareCommand.Create(),
    RolloutCommand.Create(),
    ResetCommand.Create(),
    DrillCommand.Create(),
    LintCommand.Create(),
    VersionCommand.Create(),
};

ParseResult parsed = root.Parse(args);
string? mistake = parsed.Errors.Count > 0 ? parsed.Errors[0].Message : UnknownOption() is { } unknown ? $"There is no option {unknown}." : null;
if (mistake is not null)
{
    string words = WordsOf(parsed.CommandResult.Command);
    await Console.Error.WriteLineAsync($"fleet: {SafeText.Neutralise(mistake)} See '{words} --help'.");
    return ExitCodes.BadInput;
}

using var interrupted = new CancellationTokenSource();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using PosixSignalRegistration onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);

try
{
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(configuration, interrupted.Token);
}
catch (CliException e)
{
    await Console.Error.WriteLineAsync($"fleet: {SafeText.Neutralise(e.Message)}");
    return e.ExitCode;
}
catch (KubernetesException e)
{
    await Console.Error.WriteLineAsync($"fleet: {SafeText.Neutralise(e.Message)}");
    return ExitCodes.Failed;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return ExitCodes.Interrupted;
}

// The parser takes an option that it does not know for a name.
string? UnknownOption() => args.Contains("--")
    ? null
    : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(value => value is ['-', _, ..]);

static string WordsOf(Command command) => command is RootCommand ? "fleet" : $"{WordsOf(command.Parents.OfType<Command>().First())} {command.Name}";

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    interrupted.Cancel();
}
