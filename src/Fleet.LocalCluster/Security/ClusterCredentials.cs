using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.LocalCluster.Security;

/// <summary>The cluster's own CA, serving certificate and bearer token; made once and kept in the data directory, readable by their owner only.</summary>
internal sealed class ClusterCredentials : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private ClusterCredentials(X509Certificate2 authority, X509Certificate2 serving, string token)
    {
        Authority = authority;
        Serving = serving;
        Token = token;
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2 Serving { get; }

    public string Token { get; }

    /// <summary>The CA certificate in PEM.</summary>
    public string AuthorityPem => Authority.ExportCertificatePem();

    /// <summary>Reads the credentials of a directory, or makes them.</summary>
    public static ClusterCredentials LoadOrCreate(string directory, IPAddress address, TimeProvider time)
    {
        Directory.CreateDirectory(directory);
        string authorityFile = Path.Combine(directory, "ca.pem");
        string authorityKey = Path.Combine(directory, "ca.key");
        string tokenFile = Path.Combine(directory, "token");
        if (!File.Exists(tokenFile) || !File.Exists(authorityKey) || !File.Exists(authorityFile))
        {
            using X509Certificate2 made = MakeAuthority(time.GetUtcNow());
            WritePrivate(authorityFile, made.ExportCertificatePem());
            WritePrivate(authorityKey, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            WritePrivate(tokenFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }

        X509Certificate2 authority = X509Certificate2.CreateFromPemFile(authorityFile, authorityKey);
        X509Certificate2 serving = Issue(authority, "kube-apiserver", "", address, time.GetUtcNow());
        return new ClusterCredentials(authority, serving, File.ReadAllText(tokenFile).Trim());
    }

    /// <summary>Issues a client certificate; the common name is the user, the organisation a group.</summary>
    public X509Certificate2 IssueClient(string user, string group, DateTimeOffset now) => Issue(Authority, user, group, null, now);

    /// <summary>The user of a client certificate of this CA, or null.</summary>
    public string? UserOf(X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return null;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate) ? certificate.GetNameInfo(X509NameType.SimpleName, false) : null;
    }

    /// <summary>Writes a file that only its owner can read, never leaving a half-written one.</summary>
    public static void WritePrivate(string path, string content)
    {
        string temporary = path + ".tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(content));
        }

        File.Move(temporary, path, true);
    }

    public void Dispose()
    {
        Authority.Dispose();
        Serving.Dispose();
    }

    private static X509Certificate2 MakeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=fleet-local-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddHours(-1), now.AddYears(10));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string user, string group, IPAddress? address, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string subject = group.Length == 0 ? $"CN={user}" : $"CN={user}, O={group}";
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(address is null ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1")], true));
        if (address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(address);
            names.AddDnsName("localhost");
            names.AddDnsName("kubernetes.default.svc");
            request.CertificateExtensions.Add(names.Build());
        }

        DateTimeOffset end = now.AddYears(1) < authority.NotAfter ? now.AddYears(1) : authority.NotAfter;
        using X509Certificate2 bare = request.Create(authority, now.AddHours(-1), end, RandomNumberGenerator.GetBytes(16));
        using X509Certificate2 withKey = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
