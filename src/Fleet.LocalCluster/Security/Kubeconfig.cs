using System.Text;

namespace Fleet.LocalCluster.Security;

/// <summary>The cluster's kubeconfig; it lies in the data directory, and the user's own is never touched.</summary>
internal static class Kubeconfig
{
    /// <summary>Writes the file (mode 0600).</summary>
    public static void Write(string path, string server, string authorityPem, string token) => ClusterCredentials.WritePrivate(path, $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: fleet
          cluster:
            server: {server}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem))}
        users:
        - name: fleet
          user:
            token: {token}
        contexts:
        - name: fleet
          context:
            cluster: fleet
            user: fleet
            namespace: default
        current-context: fleet

        """);
}
