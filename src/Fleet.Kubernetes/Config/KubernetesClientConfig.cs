using System.Security.Cryptography.X509Certificates;

namespace Fleet.Kubernetes;

/// <summary>How to reach an API server and as whom.</summary>
public sealed record KubernetesClientConfig
{
    /// <summary>Address of the server; a path in it is kept as prefix.</summary>
    public required Uri Server { get; init; }

    /// <summary>Namespace of the context; <c>default</c> where it names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Whom to trust; null: the authorities of the machine.</summary>
    public CertificateAuthority? CertificateAuthority { get; init; }

    /// <summary>Trust whoever answers. Only for experiments.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Name expected in the server's certificate; null: the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Who we are.</summary>
    public CredentialSource Credentials { get; init; } = CredentialSource.None;

    /// <summary>User to act as.</summary>
    public string? ImpersonateUser { get; init; }

    /// <summary>Groups to act as.</summary>
    public IReadOnlyList<string> ImpersonateGroups { get; init; } = [];

    /// <summary>Proxy; null: that of the environment.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Where this configuration was found, for messages.</summary>
    public string Origin { get; init; } = "";
}

/// <summary>Certificates that may sign the server's one, from memory or from a file that is read again when it changes.</summary>
public sealed class CertificateAuthority
{
    private readonly Lock _lock = new();
    private readonly string? _file;
    private string? _text;
    private X509Certificate2Collection _certificates = [];

    private CertificateAuthority(string? file) => _file = file;

    /// <summary>Certificates in PEM.</summary>
    /// <exception cref="KubeconfigException">There is none in it.</exception>
    public static CertificateAuthority FromPem(string pem)
    {
        var authority = new CertificateAuthority(null);
        authority._certificates = Import(pem, "certificate-authority-data");
        return authority;
    }

    /// <summary>File of certificates in PEM.</summary>
    /// <exception cref="KubeconfigException">It cannot be read.</exception>
    public static CertificateAuthority FromFile(string file)
    {
        var authority = new CertificateAuthority(file);
        _ = authority.Read();
        return authority;
    }

    /// <summary>The certificates as they are now.</summary>
    /// <exception cref="KubeconfigException">The file cannot be read and never could.</exception>
    public X509Certificate2Collection Read()
    {
        if (_file is null)
        {
            return _certificates;
        }

        lock (_lock)
        {
            try
            {
                // Read at every handshake: a kubelet swaps a symbolic link above the file, which changes no time of the path itself.
                string text = File.ReadAllText(_file);
                if (text != _text)
                {
                    _certificates = Import(text, _file);
                    _text = text;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or KubeconfigException && _certificates.Count > 0)
            {
                // Half-written during a rotation: what was read before stays until the next look.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new KubeconfigException($"The certificate authority file {_file} cannot be read: {e.Message}", e);
            }

            return _certificates;
        }
    }

    private static X509Certificate2Collection Import(string pem, string origin)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new KubeconfigException($"{origin} holds a certificate that cannot be read: {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw new KubeconfigException($"{origin} holds no certificate in PEM.");
    }
}

/// <summary>A cluster configuration that cannot be used; the message names the file and the field.</summary>
public sealed class KubeconfigException(string message, Exception? inner = null) : Exception(message, inner);
