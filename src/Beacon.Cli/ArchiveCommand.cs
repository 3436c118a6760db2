using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Beacon.Node;

namespace Beacon.Cli;

/// <summary><c>beacon archive inspect</c>: what the databases on a volume hold, without changing any of them.</summary>
internal static class ArchiveCommand
{
    public static Command Create() => new("archive", "Look at databases that are kept, such as that of a chain that was reset") { Inspect() };

    private static Command Inspect()
    {
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string?> name = new("--directory") { Description = "Chain directory below chain/ (default: all that are there)" };
        Option<bool> json = new("--json") { Description = "Print JSON" };
        Command command = new("inspect", "Print genesis, head and finalized checkpoint of each chain on a volume") { dataDirectory, name, json };
        command.SetAction((parsed, _) => Guarded.RunAsync(async () =>
        {
            IReadOnlyList<ChainSummary> chains = ChainInspection.Of(parsed.GetRequiredValue(dataDirectory), parsed.GetValue(name));
            TextWriter output = parsed.InvocationConfiguration.Output;
            await output.WriteLineAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize([.. chains], ChainSummaryJson.Default.ChainSummaryArray)
                : string.Join("\n\n", chains.Select(Text)));
        }));
        return command;
    }

    private static string Text(ChainSummary chain) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {chain.Directory}
          genesis    block root {chain.GenesisRoot ?? "-"}, validators root {chain.GenesisValidatorsRoot ?? "-"}
          head       slot {chain.HeadSlot}, root {chain.HeadRoot ?? "-"}
          justified  epoch {chain.JustifiedEpoch}, root {chain.JustifiedRoot ?? "-"}
          finalized  epoch {chain.FinalizedEpoch}, root {chain.FinalizedRoot ?? "-"}
          database   format {chain.Format}, {chain.Bytes / 1048576.0:F1} MiB, {chain.UnfinalizedBlocks} blocks not finalized
        """);
}

/// <summary>Source-generated serialization of what is printed as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ChainSummary[]))]
internal sealed partial class ChainSummaryJson : JsonSerializerContext;
