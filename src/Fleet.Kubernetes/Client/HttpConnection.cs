using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Kubernetes;

/// <summary>Builds the HTTP stack for a configuration: own trust, client certificates, keep-alive pings.</summary>
internal static class HttpConnection
{
    public static SocketsHttpHandler CreateHandler(KubernetesClientConfig config, KubernetesClientOptions options, Func<X509Certificate2?> clientCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            EnableMultipleHttp2Connections = true,
            MaxConnectionsPerServer = 256,

            // As Go's clients have it: a list comes without a pause. With the usual 64 KiB, Kestrel, which LocalCluster is served by, rarely loses the response that
            // follows one for which it had to wait (dotnet/aspnetcore#53736), and the request hangs until it times out.
            InitialHttp2StreamWindowSize = 4 << 20,

            // Half-open connections are found by pings, also while a watch is silent.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // Connections made before a rotation of certificates or addresses do not live for ever.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        };

        if (config.Proxy is not null)
        {
            handler.Proxy = new WebProxy(config.Proxy);
        }
        else if (config.Server.IsLoopback)
        {
            // A proxy of the environment never reaches this machine's own addresses.
            handler.UseProxy = false;
        }

        handler.SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate()!,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(config, certificate, chain, errors),
        };
        return handler;
    }

    private static bool IsTrusted(KubernetesClientConfig config, X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (config.SkipTlsVerify)
        {
            return true;
        }

        if (config.CertificateAuthority is null)
        {
            return errors == SslPolicyErrors.None;
        }

        if (certificate is null || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(config.CertificateAuthority.Read());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (presented is not null)
        {
            foreach (X509ChainElement element in presented.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
