using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Rollout;

/// <summary><c>fleet rollout</c>: how a new image comes to a testnet's nodes, and the answers of people to its questions.</summary>
internal static class RolloutCommand
{
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Follow it with a line per change until it has ended or a person is asked." };
    private static readonly Option<string?> Timeout = new("--timeout") { Description = "With -w, longest time to follow it, such as 2h (default: as long as it takes)." };

    public static Command Create() => new("rollout", "Show and decide how a new image comes to a testnet's nodes.")
    {
        CreateGet(),
        CreateDecision("approve", RolloutDecisions.Approve, "Go on with the new image in spite of its score."),
        CreateDecision("reject", RolloutDecisions.Reject, "Do not go on with the new image."),
        CreateDecision("abort", RolloutDecisions.Abort, "End a roll-out, whatever it is doing, and go back."),
        CreateRetry(),
        ReportCommand.Create(),
    };

    private static Command CreateGet()
    {
        Argument<string?> name = new("name") { Description = "Roll-out, or testnet for its latest (default: a table of all of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Command command = WithConnection(new Command("get", "Show a roll-out: phase, wave, score, and the verdict metric by metric.") { name, Watch, Timeout, CommonOptions.Output });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using RolloutSession session = RolloutSession.Open(parsed, TimeoutOf(parsed));
            if (parsed.GetValue(name) is { } wanted)
            {
                return await session.ShowAsync(wanted, parsed.GetValue(Watch), cancellationToken);
            }

            return parsed.GetValue(Watch)
                ? throw new CliException("--watch follows one roll-out; name it, or its testnet.", ExitCodes.BadInput)
                : await session.ListAsync(cancellationToken);
        });
        return command;
    }

    private static Command CreateDecision(string verb, string decision, string description)
    {
        Argument<string> name = new("name") { Description = "Roll-out, or testnet for its active one." };
        Command command = WithConnection(new Command(verb, description) { name, Watch, Timeout });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using RolloutSession session = RolloutSession.Open(parsed, TimeoutOf(parsed));
            return await session.DecideAsync(parsed.GetRequiredValue(name), decision, parsed.GetValue(Watch), cancellationToken);
        });
        return command;
    }

    private static Command CreateRetry()
    {
        Argument<string> name = new("testnet") { Description = "Testnet whose refused image is tried again." };
        Command command = WithConnection(new Command("retry", "Have a refused image tried again.") { name, Watch, Timeout });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using RolloutSession session = RolloutSession.Open(parsed, TimeoutOf(parsed));
            return await session.RetryAsync(parsed.GetRequiredValue(name), parsed.GetValue(Watch), cancellationToken);
        });
        return command;
    }

    /// <summary>The options that say which API server and namespace are meant.</summary>
    internal static Command WithConnection(Command command)
    {
        command.Options.Add(CommonOptions.Namespace);
        command.Options.Add(CommonOptions.Context);
        command.Options.Add(CommonOptions.Kubeconfig);
        command.Options.Add(CommonOptions.DataDir);
        return command;
    }

    private static TimeSpan? TimeoutOf(ParseResult parsed)
    {
        if (parsed.GetValue(Timeout) is not { } text)
        {
            return null;
        }

        if (!parsed.GetValue(Watch))
        {
            throw new CliException("--timeout limits --watch; give -w as well, or leave it out.", ExitCodes.BadInput);
        }

        return Duration.TryParse(text, out TimeSpan limit) && limit > TimeSpan.Zero
            ? limit
            : throw new CliException($"--timeout is '{text}', which is no duration such as 90s or 2h.", ExitCodes.BadInput);
    }
}
