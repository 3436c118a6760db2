using System.CommandLine;
using Fleet.Cli.Common;
using Fleet.Cli.Compare;
using Fleet.Kubernetes;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Rollout;

/// <summary><c>fleet rollout report</c>: the whole verdict of a roll-out, from what the operator kept of it.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Argument<string> name = new("name") { Description = "Roll-out, or testnet for its latest." };
        Option<ReportFormat> format = new("--output", "-o") { Description = "html: a page with every metric drawn. md: tables. json: for scripts.", DefaultValueFactory = _ => ReportFormat.Html, CustomParser = CommonOptions.Word<ReportFormat> };
        Option<FileInfo?> file = new("--file") { Description = "File to write it to (default: standard output)." };
        Command command = RolloutCommand.WithConnection(new Command("report", "Write the verdict of a roll-out with everything it was made of.") { name, format, file });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            FileInfo? target = parsed.GetValue(file);
            ReportFile.CheckDirectory(target, "--file");
            using KubernetesClient client = Connection.Open(parsed);
            var reader = new RolloutReader(client, Connection.NamespaceOf(parsed, client));
            RolloutTarget rollout = await reader.FindAsync(parsed.GetRequiredValue(name), cancellationToken);
            VerdictReport verdict = await reader.GetVerdictAsync(rollout.Rollout, cancellationToken);
            ReportFile.Write(target, parsed.GetValue(format), verdict, Console.Out);
            return ExitCodes.Ok;
        });
        return command;
    }
}
