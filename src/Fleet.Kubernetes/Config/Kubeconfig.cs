using System.Text;
using YamlDotNet.RepresentationModel;

namespace Fleet.Kubernetes;

/// <summary>Where to look for a cluster.</summary>
public sealed record KubeconfigOptions
{
    /// <summary>Only this file; null: the files of <c>KUBECONFIG</c>, else <c>~/.kube/config</c>, else the pod's own service account.</summary>
    public string? Path { get; init; }

    /// <summary>Context to use instead of the current one.</summary>
    public string? Context { get; init; }

    /// <summary>Namespace to use instead of the context's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Variables of the environment; null: those of this process.</summary>
    public Func<string, string?>? Environment { get; init; }

    /// <summary>Clock of token files and exec plugins.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Finds and reads cluster configurations the way kubectl does.</summary>
/// <remarks>Of several files the first that says something wins, entry by entry; relative paths are relative to the file they stand in.</remarks>
public static class Kubeconfig
{
    private sealed record Entry(string Name, YamlMappingNode Body, string File);

    /// <summary>The configuration to use.</summary>
    /// <exception cref="KubeconfigException">There is none, or it cannot be used; the message says why and what to do.</exception>
    public static KubernetesClientConfig Load(KubeconfigOptions? options = null)
    {
        options ??= new KubeconfigOptions();
        Func<string, string?> environment = options.Environment ?? Environment.GetEnvironmentVariable;
        List<string> files = Files(options, environment);
        if (files.Count > 0)
        {
            return FromFiles(files, options);
        }

        if (options.Context is null && InClusterConfig.TryLoad(environment, options.Time) is { } inCluster)
        {
            return options.Namespace is { } own ? inCluster with { Namespace = own } : inCluster;
        }

        throw new KubeconfigException("No cluster is configured: name a kubeconfig with --kubeconfig or KUBECONFIG, or create ~/.kube/config.");
    }

    private static List<string> Files(KubeconfigOptions options, Func<string, string?> environment)
    {
        if (options.Path is { } path)
        {
            return File.Exists(path) ? [path] : throw new KubeconfigException($"The kubeconfig {path} does not exist.");
        }

        if (environment("KUBECONFIG") is { Length: > 0 } list)
        {
            List<string> named = [.. list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
            List<string> present = [.. named.Where(File.Exists)];
            return present.Count > 0 ? present : throw new KubeconfigException($"None of the files of KUBECONFIG exists: {string.Join(", ", named)}.");
        }

        string? home = environment("HOME");
        string common = Path.Combine(home ?? "/", ".kube", "config");
        return home is not null && File.Exists(common) ? [common] : [];
    }

    private static KubernetesClientConfig FromFiles(List<string> files, KubeconfigOptions options)
    {
        var clusters = new List<Entry>();
        var users = new List<Entry>();
        var contexts = new List<Entry>();
        string? current = null;
        foreach (string file in files)
        {
            YamlMappingNode? root = YamlTree.Load(ReadFile(file), file);
            current ??= root.Text("current-context");
            Collect(clusters, root, "clusters", "cluster", file);
            Collect(users, root, "users", "user", file);
            Collect(contexts, root, "contexts", "context", file);
        }

        string origin = string.Join(Path.PathSeparator, files);
        string contextName = options.Context ?? current
            ?? throw new KubeconfigException($"{origin} has no current-context: choose one with --context or 'kubectl config use-context'.");
        Entry context = contexts.Find(entry => entry.Name == contextName)
            ?? throw new KubeconfigException($"{origin} has no context '{contextName}'; it has: {Names(contexts)}.");
        string clusterName = context.Body.Text("cluster") ?? throw new KubeconfigException($"The context '{contextName}' in {context.File} names no cluster.");
        Entry cluster = clusters.Find(entry => entry.Name == clusterName)
            ?? throw new KubeconfigException($"The context '{contextName}' in {context.File} names the cluster '{clusterName}', which is not there; there are: {Names(clusters)}.");

        string server = cluster.Body.Text("server") ?? throw new KubeconfigException($"The cluster '{clusterName}' in {cluster.File} has no server.");
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
        {
            throw new KubeconfigException($"The server of the cluster '{clusterName}' in {cluster.File} is no URL: '{server}'.");
        }

        var config = new KubernetesClientConfig
        {
            Server = address,
            Namespace = options.Namespace ?? context.Body.Text("namespace") ?? "default",
            CertificateAuthority = Authority(cluster),
            SkipTlsVerify = cluster.Body.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Body.Text("tls-server-name"),
            Proxy = cluster.Body.Text("proxy-url") is { } proxy ? ProxyAddress(proxy, clusterName, cluster.File) : null,
            Origin = $"context '{contextName}' of {context.File}",
        };

        if (context.Body.Text("user") is { } userName)
        {
            Entry user = users.Find(entry => entry.Name == userName)
                ?? throw new KubeconfigException($"The context '{contextName}' in {context.File} names the user '{userName}', which is not there; there are: {Names(users)}.");
            config = config with
            {
                Credentials = Credentials(user, cluster, options.Time),
                ImpersonateUser = user.Body.Text("as"),
                ImpersonateGroups = user.Body.Texts("as-groups"),
            };
        }

        return config;
    }

    private static Uri ProxyAddress(string proxy, string clusterName, string file) => Uri.TryCreate(proxy, UriKind.Absolute, out Uri? address)
        ? address
        : throw new KubeconfigException($"The proxy-url of the cluster '{clusterName}' in {file} is no URL: '{proxy}'.");

    private static CertificateAuthority? Authority(Entry cluster)
    {
        if (cluster.Body.Text("certificate-authority-data") is { } data)
        {
            return CertificateAuthority.FromPem(Decode(data, cluster, "certificate-authority-data"));
        }

        return cluster.Body.Text("certificate-authority") is { } file ? CertificateAuthority.FromFile(Resolve(file, cluster.File)) : null;
    }

    private static CredentialSource Credentials(Entry user, Entry cluster, TimeProvider time)
    {
        string origin = $"the user '{user.Name}' in {user.File}";
        string? certificate = PemOf(user, "client-certificate");
        string? key = PemOf(user, "client-key");
        if (certificate is not null || key is not null)
        {
            if (certificate is null || key is null)
            {
                throw new KubeconfigException($"A client certificate needs both its certificate and its key: {origin} has only one.");
            }

            return CredentialSource.Certificate(CredentialSource.LoadCertificate(certificate, key, origin));
        }

        // A file wins over a literal token, as it is the one that is kept fresh.
        if (user.Body.Text("tokenFile") is { } tokenFile)
        {
            return CredentialSource.TokenFile(Resolve(tokenFile, user.File), time);
        }

        if (user.Body.Text("token") is { } token)
        {
            return CredentialSource.Token(token);
        }

        if (user.Body.Map("exec") is { } exec)
        {
            return ExecCredentials.FromKubeconfig(exec, cluster.Body, user.File, origin, time);
        }

        if (user.Body.Text("username") is { } name)
        {
            return CredentialSource.Basic(name, user.Body.Text("password") ?? "");
        }

        if (user.Body.Map("auth-provider") is { } provider)
        {
            throw new KubeconfigException($"{origin} uses the auth-provider '{provider.Text("name")}', which was removed from Kubernetes: use an exec plugin.");
        }

        return CredentialSource.None;
    }

    private static string? PemOf(Entry user, string field)
    {
        if (user.Body.Text(field + "-data") is { } data)
        {
            return Decode(data, user, field + "-data");
        }

        return user.Body.Text(field) is { } file ? ReadFile(Resolve(file, user.File)) : null;
    }

    private static string Decode(string base64, Entry entry, string field)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException e)
        {
            throw new KubeconfigException($"{field} of '{entry.Name}' in {entry.File} is not base64.", e);
        }
    }

    private static string Resolve(string file, string relativeTo) => Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(relativeTo))!);

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{file} cannot be read: {e.Message}", e);
        }
    }

    private static void Collect(List<Entry> entries, YamlMappingNode? root, string list, string body, string file)
    {
        foreach (YamlMappingNode item in root.Items(list))
        {
            if (item.Text("name") is { } name && item.Map(body) is { } value && !entries.Exists(entry => entry.Name == name))
            {
                entries.Add(new Entry(name, value, file));
            }
        }
    }

    private static string Names(List<Entry> entries) => entries.Count == 0 ? "none" : string.Join(", ", entries.Select(entry => entry.Name));
}
