using System.CommandLine;
using Beacon.Crypto.Keys;
using Beacon.Genesis;
using Beacon.Node;
using Beacon.Types;

namespace Beacon.Cli;

/// <summary><c>beacon genesis</c>: writes a network directory.</summary>
internal static class GenesisCommand
{
    public static Command Create()
    {
        Option<string> config = new("--config") { Description = "File with values of config.yaml; PRESET_BASE names the preset (minimal without a file)" };
        Option<string> mnemonicFile = new("--mnemonic-file") { Description = "File with the mnemonic of the validators' keys" };
        Option<string> depositsFile = new("--deposits-file") { Description = "File with deposit data (JSON) instead of a mnemonic" };
        Option<int> validators = new("--validators") { Description = "Number of validators; with deposits all of them" };
        Option<ulong> genesisTime = new("--genesis-time") { Description = "Unix time of slot 0 in seconds", Required = true };
        Option<string> output = new("--out") { Description = "Directory to write", Required = true };
        Option<int> iteration = new("--iteration") { Description = "Iteration of the network", DefaultValueFactory = static _ => 1 };
        Option<string> uid = new("--uid") { Description = "What makes the network unique; by default its name in --protocol-id", DefaultValueFactory = static _ => "" };
        Option<string> protocolId = new("--protocol-id") { Description = "Prefix of the network's protocol IDs, or 'standard'", DefaultValueFactory = static _ => "standard" };
        Command command = new("genesis", "Make a genesis and write it as a network directory")
        {
            config, mnemonicFile, depositsFile, validators, genesisTime, output, iteration, uid, protocolId,
        };
        command.SetAction((parsed, cancellationToken) => Guarded.RunAsync(async () =>
        {
            List<KeyValuePair<string, string>> given = await ReadConfigAsync(parsed.GetValue(config), cancellationToken);
            string preset = given.Find(static pair => pair.Key == "PRESET_BASE").Value ?? "minimal";
            string protocol = parsed.GetRequiredValue(protocolId);
            ulong time = parsed.GetRequiredValue(genesisTime);
            var identity = new GenesisIdentity(parsed.GetValue(uid) is { Length: > 0 } name ? name : protocol, parsed.GetRequiredValue(iteration));
            (ChainSpec spec, BeaconState state) = (parsed.GetValue(mnemonicFile), parsed.GetValue(depositsFile)) switch
            {
                (string mnemonic, null) => await FromMnemonicAsync(preset, given, mnemonic, parsed.GetValue(validators), identity, time, cancellationToken),
                (null, string deposits) => await FromDepositsAsync(preset, given, deposits, identity, time, cancellationToken),
                _ => throw new NodeException(ExitCodes.BadConfiguration, "Give either --mnemonic-file or --deposits-file."),
            };
            NetworkFiles files = NetworkFiles.Build(spec, state, identity.Iteration, protocol);
            await NetworkDirectory.WriteAsync(parsed.GetRequiredValue(output), files, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(files.Manifest.GenesisRoot);
        }));
        return command;
    }

    private static async Task<List<KeyValuePair<string, string>>> ReadConfigAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return [new("PRESET_BASE", "minimal")];
        }

        string yaml = await File.ReadAllTextAsync(path, cancellationToken);
        return [.. ChainConfig.Parse(yaml).Values];
    }

    private static async Task<(ChainSpec Spec, BeaconState State)> FromMnemonicAsync(
        string preset, List<KeyValuePair<string, string>> given, string mnemonicFile, int validators, GenesisIdentity identity, ulong time, CancellationToken cancellationToken)
    {
        if (validators < 1)
        {
            throw new NodeException(ExitCodes.BadConfiguration, "--validators must be at least 1.");
        }

        byte[] seed = Mnemonic.Parse(await File.ReadAllTextAsync(mnemonicFile, cancellationToken)).ToSeed();
        ChainSpec spec = new(GenesisConfig.Complete(preset, given, validators, time));
        return (spec, GenesisBuilder.FromKeys(spec, GenesisBuilder.DeriveKeys(seed, 0, validators), identity, time));
    }

    private static async Task<(ChainSpec Spec, BeaconState State)> FromDepositsAsync(
        string preset, List<KeyValuePair<string, string>> given, string depositsFile, GenesisIdentity identity, ulong time, CancellationToken cancellationToken)
    {
        byte[] json = await File.ReadAllBytesAsync(depositsFile, cancellationToken);
        DepositData[] deposits = DepositList.Parse(json, new ChainSpec(GenesisConfig.Complete(preset, given, 1, time)));
        ChainSpec spec = new(GenesisConfig.Complete(preset, given, deposits.Length, time));
        return (spec, GenesisBuilder.FromDeposits(spec, deposits, identity, time));
    }
}
