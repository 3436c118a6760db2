using System.Reflection;
using System.Text.Json;
using Fleet.Cli.Common;
using Fleet.Kubernetes;

namespace Fleet.Cli.Up;

/// <summary>Installs the definitions of our kinds; they are the files of <c>crds/</c>, embedded.</summary>
internal static class CustomResourceDefinitions
{
    private const string Collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Applies them, and returns when the server serves the kinds.</summary>
    public static async Task InstallAsync(IKubernetesClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        Assembly assembly = typeof(CustomResourceDefinitions).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using var body = new MemoryStream();
            await stream.CopyToAsync(body, cancellationToken);
            string name = Name(resource);
            var request = new RawRequest(HttpMethod.Patch, $"{Collection}/{name}?fieldManager=fleet&force=true")
            {
                Body = body.ToArray(),
                ContentType = Patch.ApplyPatchType,
            };
            (await client.SendRawAsync(request, cancellationToken)).Dispose();
            await WaitUntilServedAsync(client, name, time, cancellationToken);
        }
    }

    /// <summary>File <c>beaconfleet.dev_testnets.yaml</c> holds <c>testnets.beaconfleet.dev</c>.</summary>
    private static string Name(string resource)
    {
        string[] parts = Path.GetFileNameWithoutExtension(resource).Split('_');
        return $"{parts[1]}.{parts[0]}";
    }

    private static async Task WaitUntilServedAsync(IKubernetesClient client, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (!IsEstablished(await client.GetRawAsync($"{Collection}/{name}", cancellationToken)))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new CliException($"The API server does not serve {name}, {Patience.TotalSeconds:F0} s after its definition was installed.");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    private static bool IsEstablished(byte[] definition)
    {
        using JsonDocument document = JsonDocument.Parse(definition);
        return document.RootElement.TryGetProperty("status", out JsonElement status)
            && status.TryGetProperty("conditions", out JsonElement conditions)
            && conditions.EnumerateArray().Any(condition =>
                condition.GetProperty("type").GetString() == "Established" && condition.GetProperty("status").GetString() == "True");
    }
}
