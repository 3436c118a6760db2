using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Fleet.Api;
using Fleet.Operator.Sampling;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager;

/// <summary>The flags of the manager. Nothing is guessed: what is unknown, repeated or unreadable is an error that names the flag.</summary>
internal static class CommandLine
{
    private const int MaxWorkers = 64;
    private const int MaxPrometheus = 16;
    private const string WatchNamespaces = "--watch-namespaces";

    private static readonly Dictionary<string, LogLevel> Levels = new(StringComparer.Ordinal)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    /// <summary>Neither response files nor bundles of short options.</summary>
    private static readonly ParserConfiguration Strict = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Takes a command line apart.</summary>
    /// <param name="args">Arguments.</param>
    /// <param name="run">What is done with good ones.</param>
    public static ParseResult Parse(IReadOnlyList<string> args, Func<ManagerSettings, CancellationToken, Task<int>> run)
    {
        Option<string?> kubeconfig = Text("--kubeconfig", "Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config, else the pod's own service account.", NotEmpty);
        Option<string[]> namespaces = Namespaces();
        Option<string?> image = Text("--beacon-image", "Image for testnets that name none.", Image);
        var elect = new Option<bool>("--leader-elect") { Description = "Compete with other instances, so that one of them works." };
        Option<string?> electionNamespace = Text("--leader-election-namespace", "Namespace of the Lease. Default: the pod's own.", Label);
        Option<string?> electionId = Text("--leader-election-id", "Name of the Lease. Default: fleet-operator.", Label);
        Option<TimeSpan> lease = Time("--leader-elect-lease-duration", "Others take over when the lease was not renewed for so long; whole seconds.", TimeSpan.FromSeconds(15));
        Option<TimeSpan> deadline = Time("--leader-elect-renew-deadline", "The leader stops when it could not renew for so long.", TimeSpan.FromSeconds(10));
        Option<TimeSpan> retry = Time("--leader-elect-retry-period", "Between two attempts to get or renew the lease.", TimeSpan.FromSeconds(2));
        Option<BindAddress> metrics = Address("--metrics-bind-address", "Address of /metrics; 0: none.", 8080);
        Option<BindAddress> health = Address("--health-probe-bind-address", "Address of /healthz and /readyz; 0: none.", 8081);
        Option<Uri[]> prometheus = Prometheus();
        Option<int> workers = Workers();
        Option<LogLevel> level = Level();
        var root = new RootCommand("Runs the FleetOperator: turns Testnets into beacon fleets.")
        {
            kubeconfig, namespaces, image, elect, electionNamespace, electionId, lease, deadline, retry, metrics, health, prometheus, workers, level,
        };
        root.SetAction((result, cancellationToken) => run(
            new ManagerSettings
            {
                Kubeconfig = result.GetValue(kubeconfig),
                WatchNamespaces = result.GetValue(namespaces) ?? [],
                BeaconImage = result.GetValue(image),
                LeaderElect = result.GetValue(elect),
                LeaderElectionNamespace = result.GetValue(electionNamespace),
                LeaderElectionId = result.GetValue(electionId) ?? "fleet-operator",
                LeaseDuration = result.GetValue(lease),
                RenewDeadline = result.GetValue(deadline),
                RetryPeriod = result.GetValue(retry),
                MetricsAddress = result.GetValue(metrics)?.EndPoint,
                HealthAddress = result.GetValue(health)?.EndPoint,
                PrometheusUrlPrefixes = result.GetValue(prometheus) ?? [],
                Workers = result.GetValue(workers),
                LogLevel = result.GetValue(level),
            },
            cancellationToken));

        // Empty means all, as in a chart that joins a list; the parser would miss an argument.
        return root.Parse([.. args.Where(argument => argument != WatchNamespaces + "=")], Strict);
    }

    /// <summary>Whether a text is a DNS-1123 label, as names of namespaces are.</summary>
    private static string? Label(string text) =>
        text.Length is > 0 and <= 63 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-'
            ? null
            : $"\"{text}\" is no name of lower-case letters, digits and hyphens.";

    private static string? NotEmpty(string text) => text.Length > 0 ? null : "is empty.";

    private static string? Image(string text) =>
        text.Length is > 0 and <= 512 && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? null : $"\"{text}\" is no image reference.";

    private static Option<string?> Text(string name, string description, Func<string, string?> check) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            return check(text) is { } problem ? Fail<string?>(result, name, problem) : text;
        },
    };

    private static Option<string[]> Namespaces() => new(WatchNamespaces)
    {
        Description = "Namespaces to look after, separated by commas. Default: all.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result =>
        {
            string[] names = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
            foreach (string name in names)
            {
                if (Label(name) is { } problem)
                {
                    return Fail<string[]>(result, WatchNamespaces, problem);
                }
            }

            return names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : Fail<string[]>(result, WatchNamespaces, "names a namespace twice.");
        },
    };

    private static Option<Uri[]> Prometheus() => new(PrometheusPrefixes.Flag)
    {
        Description = "What spec.observability.prometheusURL of testnets may begin with; may be given several times. Default: none, and the field is refused.",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result =>
        {
            var prefixes = new List<Uri>();
            foreach (Token token in result.Tokens)
            {
                if (!PrometheusPrefixes.TryParse(token.Value, out Uri? prefix))
                {
                    return Fail<Uri[]>(result, PrometheusPrefixes.Flag, $"\"{token.Value}\" is no address such as http://prometheus.monitoring:9090.");
                }

                prefixes.Add(prefix);
            }

            return prefixes.Count <= MaxPrometheus ? [.. prefixes] : Fail<Uri[]>(result, PrometheusPrefixes.Flag, $"is given more than {MaxPrometheus} times.");
        },
    };

    private static Option<TimeSpan> Time(string name, string description, TimeSpan standard) => new(name)
    {
        Description = $"{description} Default: {Duration.From(standard)}.",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
            Duration.TryParse(result.Tokens[0].Value, out TimeSpan time) && time > TimeSpan.Zero
                ? time
                : Fail<TimeSpan>(result, name, $"\"{result.Tokens[0].Value}\" is no time such as 15s or 500ms."),
    };

    private static Option<BindAddress> Address(string name, string description, int port) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} Default: :{port}."),
        DefaultValueFactory = _ => new BindAddress(new IPEndPoint(IPAddress.IPv6Any, port)),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            return text == "0" ? new BindAddress(null)
                : ParseAddress(text) is { } address ? new BindAddress(address)
                : Fail<BindAddress>(result, name, $"\"{text}\" is no address such as :8080, 127.0.0.1:8080 or [::1]:8080, nor 0.");
        },
    };

    /// <summary>An address with a port; without a host it means every address of the machine.</summary>
    private static IPEndPoint? ParseAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return null;
        }

        string host = text[..colon];
        if (host.Length == 0)
        {
            return new IPEndPoint(IPAddress.IPv6Any, port);
        }

        bool bracketed = host[0] == '[' && host[^1] == ']';
        return IPAddress.TryParse(bracketed ? host[1..^1] : host, out IPAddress? address) && bracketed == (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
            ? new IPEndPoint(address, port)
            : null;
    }

    private static Option<int> Workers() => new("--max-concurrent-reconciles")
    {
        Description = "Testnets, and nodes, worked on at the same time. Default: 4.",
        DefaultValueFactory = _ => 4,
        CustomParser = result =>
            int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= MaxWorkers
                ? count
                : Fail<int>(result, "--max-concurrent-reconciles", $"\"{result.Tokens[0].Value}\" is no number from 1 to {MaxWorkers}."),
    };

    private static Option<LogLevel> Level() => new("--log-level")
    {
        Description = $"Least severity that is logged: {string.Join(", ", Levels.Keys)}. Default: info.",
        DefaultValueFactory = _ => LogLevel.Information,
        CustomParser = result =>
            Levels.TryGetValue(result.Tokens[0].Value, out LogLevel level)
                ? level
                : Fail<LogLevel>(result, "--log-level", $"\"{result.Tokens[0].Value}\" is none of {string.Join(", ", Levels.Keys)}."),
    };

    private static T? Fail<T>(ArgumentResult result, string name, string problem)
    {
        result.AddError($"{name}: {problem}");
        return default;
    }

    /// <summary>Where to listen; null: nowhere.</summary>
    private sealed record BindAddress(IPEndPoint? EndPoint);
}
