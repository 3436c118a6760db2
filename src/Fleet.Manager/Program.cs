using System.CommandLine;
using Fleet.Kubernetes;
using Fleet.Manager;

var kubeconfig = new Option<string?>("--kubeconfig") { Description = "Kubeconfig file. Default: KUBECONFIG, else the pod's own service account." };
var namespaces = new Option<string[]>("--namespaces") { Description = "Namespaces to look after, separated by commas. Default: all.", AllowMultipleArgumentsPerToken = true };
var image = new Option<string?>("--beacon-image") { Description = "Image for testnets that name none." };
var metricsPort = new Option<int>("--metrics-port") { Description = "Port of /metrics, /healthz and /readyz; 0: none.", DefaultValueFactory = _ => 8080 };
var root = new RootCommand("Runs the FleetOperator: turns Testnets into beacon fleets.") { kubeconfig, namespaces, image, metricsPort };
root.SetAction((result, cancellationToken) => ManagerCommand.RunAsync(
    new ManagerSettings(
        result.GetValue(kubeconfig),
        [.. (result.GetValue(namespaces) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
        result.GetValue(image),
        result.GetValue(metricsPort)),
    cancellationToken));
try
{
    ParseResult parsed = root.Parse(args);
    return parsed.Errors.Count > 0 && args.All(argument => argument is not ("-h" or "--help" or "-?" or "--version"))
        ? Fail(parsed.Errors[0].Message, 2)
        : await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (KubeconfigException exception)
{
    return Fail(exception.Message, 2);
}
catch (Exception exception) when (exception is KubernetesException or IOException or UnauthorizedAccessException)
{
    return Fail(exception.Message, 1);
}

static int Fail(string message, int code)
{
    Console.Error.WriteLine("fleet-manager: " + message);
    return code;
}
