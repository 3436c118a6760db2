using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Beacon.Cli;

/// <summary>Flags that several commands have, and how their values are read.</summary>
internal static class CommonOptions
{
    public static Option<string> NetworkDirectory() => new("--network-dir") { Description = "Directory of the iteration's files; waited for until manifest.json is there", DefaultValueFactory = static _ => "/etc/beacon/network" };

    public static Option<string> PeersFile() => new("--peers-file") { Description = "Peers and fenced iterations; re-read when it changes, may be missing", DefaultValueFactory = static _ => "/etc/beacon/peers/peers.yaml" };

    public static Option<string> DataDirectory() => new("--data-dir") { Description = "Where data is kept", DefaultValueFactory = static _ => "/data" };

    public static Option<int> Iteration() => new("--iteration") { Description = "Iteration of the network this process is made for", Required = true };

    public static Option<IPAddress> ListenAddress() => new("--listen-address")
    {
        Description = "Address of every listener and every outgoing socket",
        DefaultValueFactory = static _ => IPAddress.Loopback,
        CustomParser = static result => IPAddress.TryParse(Text(result), out IPAddress? address) ? address : Fail<IPAddress>(result, "an IP address"),
    };

    public static Option<int> Port(string name, int value, string description)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
            {
                result.AddError($"{name} must be a port between 0 and 65535.");
            }
        });
        return option;
    }

    public static Option<LogLevel> Level()
    {
        Option<LogLevel> option = new("--log-level")
        {
            Description = "Least important messages that are logged: trace, debug, info, warn or error",
            DefaultValueFactory = static _ => LogLevel.Information,
            CustomParser = static result => Text(result).ToUpperInvariant() switch
            {
                "TRACE" => LogLevel.Trace,
                "DEBUG" => LogLevel.Debug,
                "INFO" or "INFORMATION" => LogLevel.Information,
                "WARN" or "WARNING" => LogLevel.Warning,
                "ERROR" => LogLevel.Error,
                _ => Fail<LogLevel>(result, "one of trace, debug, info, warn, error"),
            },
        };
        return option;
    }

    public static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";

    public static T Fail<T>(ArgumentResult result, string wanted)
    {
        result.AddError($"'{Text(result)}' is not {wanted}.");
        return default!;
    }
}
