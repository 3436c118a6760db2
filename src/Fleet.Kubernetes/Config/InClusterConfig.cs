namespace Fleet.Kubernetes;

/// <summary>The service account every pod may carry.</summary>
public static class InClusterConfig
{
    /// <summary>What <see cref="KubernetesClientConfig.Origin"/> says of it.</summary>
    public const string Origin = "the pod's service account";

    private const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The configuration of the pod we run in; null outside of one.</summary>
    /// <exception cref="KubeconfigException">We run in a pod, but its files cannot be used.</exception>
    /// <param name="environment">Variables of the environment.</param>
    /// <param name="time">Clock by which the token is read again.</param>
    /// <param name="directory">Where the files are mounted.</param>
    public static KubernetesClientConfig? TryLoad(Func<string, string?> environment, TimeProvider time, string directory = Directory)
    {
        string? host = environment("KUBERNETES_SERVICE_HOST");
        string? port = environment("KUBERNETES_SERVICE_PORT");
        string tokenFile = Path.Combine(directory, "token");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port) || !File.Exists(tokenFile))
        {
            return null;
        }

        string namespaceFile = Path.Combine(directory, "namespace");
        string address = host.Contains(':', StringComparison.Ordinal) ? $"https://[{host}]:{port}" : $"https://{host}:{port}";
        return new KubernetesClientConfig
        {
            Server = new Uri(address),
            Namespace = File.Exists(namespaceFile) && File.ReadAllText(namespaceFile).Trim() is { Length: > 0 } own ? own : "default",
            CertificateAuthority = CertificateAuthority.FromFile(Path.Combine(directory, "ca.crt")),
            Credentials = CredentialSource.TokenFile(tokenFile, time),
            Origin = Origin,
        };
    }
}
