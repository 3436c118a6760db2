using System.CommandLine;
using Beacon.Node;
using Beacon.Validator;
using Beacon.Validator.Protection;
using ExitCodes = Beacon.Node.ExitCodes;

namespace Beacon.Cli;

/// <summary><c>beacon keys export-protection</c> and <c>import-protection</c>: what keys have signed, as an EIP-3076 interchange.</summary>
internal static class ProtectionCommands
{
    public static Command Export()
    {
        Option<string> networkDirectory = CommonOptions.NetworkDirectory();
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string> output = new("--out") { Description = "File to write", Required = true };
        Command command = new("export-protection", "Write what the keys of a stopped validator client have signed, as an EIP-3076 interchange") { networkDirectory, dataDirectory, output };
        command.SetAction((parsed, cancellationToken) => Guarded.RunAsync(async () =>
        {
            (string directory, NetworkManifest manifest) = Find(parsed.GetRequiredValue(dataDirectory), parsed.GetRequiredValue(networkDirectory));
            if (!Directory.Exists(directory))
            {
                throw new NodeException(ExitCodes.KeysRefused, $"There is no slashing protection at {directory}: name the --data-dir of the validator client.");
            }

            using SlashingProtectionDatabase database = SlashingProtectionDatabase.Open(directory, manifest.GenesisValidatorsRoot);
            await SecretFiles.WriteAsync(parsed.GetRequiredValue(output), database.Export(), cancellationToken);
        }));
        return command;
    }

    public static Command Import()
    {
        Option<string> networkDirectory = CommonOptions.NetworkDirectory();
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<string> input = new("--in") { Description = "File to read", Required = true };
        Command command = new("import-protection", "Add an EIP-3076 interchange to the slashing protection of a stopped validator client; one that was lost is made anew from it")
        {
            networkDirectory, dataDirectory, input,
        };
        command.SetAction((parsed, cancellationToken) => Guarded.RunAsync(async () =>
        {
            byte[] interchange = await File.ReadAllBytesAsync(parsed.GetRequiredValue(input), cancellationToken);
            (string directory, NetworkManifest manifest) = Find(parsed.GetRequiredValue(dataDirectory), parsed.GetRequiredValue(networkDirectory));
            (int blocks, int attestations) = SlashingProtectionDatabase.ImportInto(directory, manifest.GenesisValidatorsRoot, interchange);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{blocks} blocks and {attestations} attestations were new.");
        }));
        return command;
    }

    private static (string Directory, NetworkManifest Manifest) Find(string dataDirectory, string networkDirectory)
    {
        NetworkManifest manifest = NetworkManifest.TryRead(networkDirectory)
            ?? throw new NodeException(ExitCodes.BadConfiguration, $"There is no {NetworkManifest.FileName} in {networkDirectory}: name the network whose keys these are by --network-dir.");
        return (Path.Combine(dataDirectory, "slashing", manifest.GenesisValidatorsRoot.ToString()), manifest);
    }
}
