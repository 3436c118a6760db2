using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Beacon.Chain.Duties;
using Beacon.Node;
using Microsoft.Extensions.Logging;

namespace Beacon.Cli;

/// <summary><c>beacon node</c> and <c>beacon bootnode</c>.</summary>
internal static class NodeCommand
{
    public static Command Create(string name, string description, bool bootnode, Composition composition)
    {
        Option<string> networkDirectory = CommonOptions.NetworkDirectory();
        Option<string> peersFile = CommonOptions.PeersFile();
        Option<string> identityFile = new("--identity-file") { Description = "libp2p identity: 64 hexadecimal digits", DefaultValueFactory = static _ => "/etc/beacon/identity/key" };
        Option<string> dataDirectory = CommonOptions.DataDirectory();
        Option<int> iteration = CommonOptions.Iteration();
        Option<IPAddress> listenAddress = CommonOptions.ListenAddress();
        Option<int> p2pPort = CommonOptions.Port("--p2p-port", 9000, "TCP port of libp2p");
        Option<int> httpPort = CommonOptions.Port("--http-port", 5052, "TCP port of the Beacon API");
        Option<int> metricsPort = CommonOptions.Port("--metrics-port", 8008, "TCP port of the metrics");
        Option<string[]> keep = new("--keep") { Description = "Chain directory that is not removed at start; repeatable" };
        Option<string> suffix = new("--chain-directory-suffix") { Description = "Appended to the chain directory's name", DefaultValueFactory = static _ => "" };
        Option<DutyGroup[]> dutyGroup = DutyGroupOption();
        Option<Uri?> checkpointSyncUrl = CheckpointSyncOption();
        Option<bool> migrateDatabase = new("--migrate-database") { Description = "Let the database be migrated to this release's format, which the release before does not read" };
        Option<TimeSpan> clockOffset = ClockOffset.Option();
        Option<LogLevel> level = CommonOptions.Level();
        Command command = new(name, description) { networkDirectory, peersFile, identityFile, dataDirectory, iteration, listenAddress, p2pPort, httpPort, metricsPort, clockOffset, level };
        if (!bootnode)
        {
            command.Add(keep);
            command.Add(suffix);
            command.Add(dutyGroup);
            command.Add(checkpointSyncUrl);
            command.Add(migrateDatabase);
        }

        command.SetAction((parsed, _) =>
        {
            var options = new NodeOptions
            {
                NetworkDirectory = parsed.GetRequiredValue(networkDirectory),
                PeersFile = parsed.GetRequiredValue(peersFile),
                IdentityFile = parsed.GetRequiredValue(identityFile),
                DataDirectory = parsed.GetRequiredValue(dataDirectory),
                Iteration = parsed.GetRequiredValue(iteration),
                ListenAddress = parsed.GetRequiredValue(listenAddress),
                P2pPort = parsed.GetRequiredValue(p2pPort),
                HttpPort = parsed.GetRequiredValue(httpPort),
                MetricsPort = parsed.GetRequiredValue(metricsPort),
                Keep = bootnode ? [] : parsed.GetValue(keep) ?? [],
                ChainDirectorySuffix = bootnode ? "" : parsed.GetValue(suffix) ?? "",
                DutyGroups = bootnode ? [] : parsed.GetValue(dutyGroup) ?? [],
                CheckpointSyncUrl = bootnode ? null : parsed.GetValue(checkpointSyncUrl),
                MigrateDatabase = !bootnode && parsed.GetValue(migrateDatabase),
                Bootnode = bootnode,
            };
            return ProcessHost.RunAsync(
                parsed.GetRequiredValue(level),
                (loggers, stop) => BeaconNode.RunAsync(composition.Node(options), ClockOffset.ClockOf(parsed.GetValue(clockOffset), loggers), loggers, Console.Error, stop));
        });
        return command;
    }

    private static Option<DutyGroup[]> DutyGroupOption() => new("--duty-group")
    {
        Description = "NAME=FIRST-LAST: validators whose duties the metrics count under this name; repeatable",
        CustomParser = static result =>
        {
            var groups = new List<DutyGroup>();
            foreach (Token token in result.Tokens)
            {
                if (DutyGroup.TryParse(token.Value) is not { } group)
                {
                    result.AddError($"'{token.Value}' is not NAME=FIRST-LAST, such as canary=0-15 with a name of lower-case letters, digits, '-', '_' and '.'.");
                    return [];
                }

                groups.Add(group);
            }

            if (groups.Count > DutyGroup.MaximumGroups)
            {
                result.AddError($"--duty-group is given {groups.Count} times; a node counts at most {DutyGroup.MaximumGroups} groups.");
            }
            else if (groups.GroupBy(static group => group.Name, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1) is { } twice)
            {
                result.AddError($"--duty-group names '{twice.Key}' twice; give each range a name of its own.");
            }

            return [.. groups];
        },
    };

    private static Option<Uri?> CheckpointSyncOption() => new("--checkpoint-sync-url")
    {
        Description = "Beacon API of a trusted node whose finalized state an empty database starts from; ignored where there is a database",
        CustomParser = static result => Uri.TryCreate(CommonOptions.Text(result), UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url
            : CommonOptions.Fail<Uri>(result, "a URL such as http://127.0.0.1:5052"),
    };
}
