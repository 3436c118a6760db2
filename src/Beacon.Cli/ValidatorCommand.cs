using System.CommandLine;
using System.Net;
using Beacon.Types;
using Beacon.Validator;
using Microsoft.Extensions.Logging;

namespace Beacon.Cli;

/// <summary><c>beacon validator</c>.</summary>
internal static class ValidatorCommand
{
    private const int GraffitiBytes = 32;

    public static Command Create(Composition composition)
    {
        Option<string> networkDirectory = CommonOptions.NetworkDirectory();
        Option<string> peersFile = CommonOptions.PeersFile();
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<int> iteration = CommonOptions.Iteration();
        Option<IPAddress> listenAddress = CommonOptions.ListenAddress();
        Option<Uri[]> beaconNode = new("--beacon-node")
        {
            Description = "Beacon API of a node; repeatable, in order of preference",
            Required = true,
            CustomParser = static result => [.. result.Tokens.Select(token =>
                Uri.TryCreate(token.Value, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : BadNode(result, token.Value))],
        };
        Option<string> keysDirectory = new("--keys-dir") { Description = "Directory with keystores, password.txt and keys.json", DefaultValueFactory = static _ => "/etc/beacon/keys" };
        Option<int> metricsPort = CommonOptions.Port("--metrics-port", 8009, "TCP port of the metrics and /healthz");
        Option<string> graffiti = new("--graffiti") { Description = "Up to 32 bytes of text for blocks", DefaultValueFactory = static _ => "" };
        graffiti.Validators.Add(static result =>
        {
            if (System.Text.Encoding.UTF8.GetByteCount(result.GetValueOrDefault<string>() ?? "") > GraffitiBytes)
            {
                result.AddError($"--graffiti must be at most {GraffitiBytes} bytes of UTF-8.");
            }
        });
        Option<ulong> signFromEpoch = new("--sign-from-epoch") { Description = "First epoch whose duties are done; slashing protection is raised to it, for keys whose record of what they signed is lost" };
        Option<TimeSpan> clockOffset = ClockOffset.Option();
        Option<LogLevel> level = CommonOptions.Level();
        Command command = new("validator", "Run a validator client: does the duties of its keys through a beacon node's API")
        {
            networkDirectory, peersFile, dataDirectory, iteration, listenAddress, beaconNode, keysDirectory, metricsPort, graffiti, signFromEpoch, clockOffset, level,
        };
        command.SetAction((parsed, _) =>
        {
            var options = new ValidatorOptions
            {
                NetworkDirectory = parsed.GetRequiredValue(networkDirectory),
                PeersFile = parsed.GetRequiredValue(peersFile),
                DataDirectory = parsed.GetRequiredValue(dataDirectory),
                Iteration = parsed.GetRequiredValue(iteration),
                ListenAddress = parsed.GetRequiredValue(listenAddress),
                BeaconNodes = parsed.GetRequiredValue(beaconNode),
                KeysDirectory = parsed.GetRequiredValue(keysDirectory),
                MetricsPort = parsed.GetRequiredValue(metricsPort),
                SignFromEpoch = new Epoch(parsed.GetValue(signFromEpoch)),
                Graffiti = parsed.GetRequiredValue(graffiti),
            };
            return ProcessHost.RunAsync(
                parsed.GetRequiredValue(level),
                (loggers, stop) => ValidatorClient.RunAsync(composition.Validator(options), loggers, ClockOffset.ClockOf(parsed.GetValue(clockOffset), loggers), Console.Error, stop));
        });
        return command;
    }

    private static Uri BadNode(System.CommandLine.Parsing.ArgumentResult result, string text)
    {
        result.AddError($"'{text}' is not a URL such as http://127.0.0.1:5052.");
        return new Uri("http://invalid");
    }
}
