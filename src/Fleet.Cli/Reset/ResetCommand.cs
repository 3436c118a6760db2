using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Reset;

/// <summary><c>fleet reset</c>: ends a chain and begins another iteration of it, or shows how that went.</summary>
internal static class ResetCommand
{
    public static Command Create()
    {
        Argument<string?> testnet = new("testnet") { Description = "Testnet (default: a table of all resets of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> reason = new("--reason") { Description = "Why; ends the chain and begins it anew." };
        Option<bool> dryRun = new("--dry-run") { Description = "Show what would be kept and lost, and do nothing." };
        Option<bool> wait = new("--wait", "-w") { Description = "Follow it with a line per change until the new chain finalizes." };
        Option<string?> timeout = new("--timeout") { Description = "With --wait, longest time to follow it, such as 5m (default: as long as it takes)." };
        Option<bool> yes = new("--yes") { Description = "Do not ask for the testnet's name on a terminal." };
        Command command = new("reset", "End a testnet's chain and begin it anew, or show the resets there were.") { testnet, reason, dryRun, wait, timeout, yes, CommonOptions.Output };
        command.Options.Add(CommonOptions.Namespace);
        command.Options.Add(CommonOptions.Context);
        command.Options.Add(CommonOptions.Kubeconfig);
        command.Options.Add(CommonOptions.DataDir);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? name = parsed.GetValue(testnet);
            string? why = parsed.GetValue(reason);
            bool isDryRun = parsed.GetValue(dryRun);
            bool follows = parsed.GetValue(wait);
            if (name is null && (why is not null || isDryRun || follows))
            {
                throw new CliException("A reset is of one testnet; name it, as in 'fleet reset devnet --reason \"…\"'.", ExitCodes.BadInput);
            }

            if (why is { Length: 0 or > 512 })
            {
                throw new CliException("--reason must have between 1 and 512 characters; it is the record of why the chain was ended.", ExitCodes.BadInput);
            }

            using ResetSession session = ResetSession.Open(parsed, Limit(parsed.GetValue(timeout), follows));
            return name is null ? await session.ListAsync(cancellationToken)
                : isDryRun ? await session.PreviewAsync(name, cancellationToken)
                : why is not null ? await session.BeginAsync(name, why, mayAsk: !parsed.GetValue(yes), follows, cancellationToken)
                : await session.ShowAsync(name, follows, cancellationToken);
        });
        return command;
    }

    private static TimeSpan? Limit(string? text, bool follows) =>
        text is null ? null
        : !follows ? throw new CliException("--timeout limits --wait; give --wait as well, or leave it out.", ExitCodes.BadInput)
        : Duration.TryParse(text, out TimeSpan limit) && limit > TimeSpan.Zero ? limit
        : throw new CliException($"--timeout is '{text}', which is no duration such as 90s or 5m.", ExitCodes.BadInput);
}
