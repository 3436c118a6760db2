using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Drill;

/// <summary><c>fleet drill</c>: harm on purpose, on local fleets.</summary>
internal static class DrillCommand
{
    private const string ListWord = "list";
    private const string UndoWord = "undo";

    private static readonly Argument<string> Testnet = new("testnet") { Description = "Testnet." };
    private static readonly Argument<string> Name = new("drill") { Description = Drills(), HelpName = "drill" };
    private static readonly Argument<string[]> Words = new("arguments") { Description = "What the drill needs to know.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> Offset = new("--offset") { Description = "For clock-skew: how far the clocks are ahead, such as 4h; --offset=-90s: behind." };
    private static readonly Option<string?> For = new("--for") { Description = "Stay, hold the drill for this time, such as 2m, and undo it then." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say which nodes it would hit, and what share of the stake." };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask before something that cannot be undone." };

    public static Command Create()
    {
        Command command = new("drill", "Do harm to a local fleet on purpose, to see what becomes of it: docs/drills.md.")
        {
            Testnet, Name, Words, Offset, For, DryRun, Yes, CommonOptions.Namespace, CommonOptions.DataDir,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string directory = new DataDirectory(parsed.GetValue(CommonOptions.DataDir) ?? DataDirectory.DefaultPath).Path;
            string word = parsed.GetRequiredValue(Name);
            IDrill? drill = word is ListWord or UndoWord ? null : AllDrills.Of(word);
            DrillOptions options = OptionsOf(parsed, drill);
            using KubernetesClient client = Open(directory);
            var tools = new DrillTools(client, directory, new Machine(), TimeProvider.System);
            var session = new DrillSession(
                tools, new ObjectKey(Connection.NamespaceOf(parsed, client), parsed.GetRequiredValue(Testnet)), Console.Out, Console.IsInputRedirected ? null : Ask);
            return drill is not null ? await session.StartAsync(drill, options, cancellationToken)
                : word == ListWord ? session.List()
                : await session.UndoAsync(cancellationToken);
        });
        return command;
    }

    /// <summary>What the options say, and whether they belong to the drill; null: to list and undo.</summary>
    /// <exception cref="CliException">They do not.</exception>
    private static DrillOptions OptionsOf(ParseResult parsed, IDrill? drill)
    {
        string[] words = parsed.GetValue(Words) ?? [];
        string? offset = parsed.GetValue(Offset);
        string? length = parsed.GetValue(For);
        if (drill is null && (words.Length > 0 || offset is not null || length is not null || parsed.GetValue(DryRun) || parsed.GetValue(Yes)))
        {
            throw new CliException("list and undo are about all drills of the testnet and take nothing but --namespace and --data-dir.", ExitCodes.BadInput);
        }

        if (offset is not null && drill is not null && drill.Name != AllDrills.WithOffset)
        {
            throw new CliException($"--offset is for {AllDrills.WithOffset}; leave it out.", ExitCodes.BadInput);
        }

        return new DrillOptions(
            words,
            offset is null ? null : offset.StartsWith('-') ? -Length("--offset", offset[1..]) : Length("--offset", offset),
            length is null ? null : Length("--for", length),
            parsed.GetValue(DryRun),
            parsed.GetValue(Yes));
    }

    private static TimeSpan Length(string option, string text) => Duration.TryParse(text, out TimeSpan length) && length > TimeSpan.Zero
        ? length
        : throw new CliException($"{option} is '{text}', which is no duration such as 90s or 2h.", ExitCodes.BadInput);

    /// <summary>Only of a fleet that this machine runs: what a drill does, it does to its processes and files.</summary>
    private static KubernetesClient Open(string directory)
    {
        var fleet = new DataDirectory(directory);
        using System.Diagnostics.Process? running = fleet.RunningProcess();
        return running is not null
            ? Connection.Open(fleet.Kubeconfig, context: null)
            : throw new CliException($"Drills are for fleets on this machine only, and none runs in {directory}; start one with 'fleet up', or name its directory with --data-dir.");
    }

    private static string? Ask(string question)
    {
        Console.Error.Write(SafeText.Neutralise(question));
        return Console.ReadLine();
    }

    private static string Drills() => string.Join(
        '\n',
        [
            .. AllDrills.List.Select(drill => $"{drill.Name}{(drill.Arguments.Length > 0 ? " " + drill.Arguments : "")}: {drill.Description}"),
            "list: Show the drills that are not undone.",
            "undo: Undo them, the last begun first.",
        ]);
}
