using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fleet.Kubernetes;

/// <summary>What proves who we are.</summary>
/// <param name="Authorization">Value of the Authorization header, or null.</param>
/// <param name="Certificate">Client certificate with its key, or null.</param>
public sealed record Credential(string? Authorization, X509Certificate2? Certificate);

/// <summary>Where credentials come from; they may change over time.</summary>
public abstract class CredentialSource
{
    /// <summary>Nobody.</summary>
    public static CredentialSource None { get; } = new StaticCredentials(new Credential(null, null));

    /// <summary>The credential to use now.</summary>
    /// <param name="refresh">The one used last was refused: get a new one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubeconfigException">None can be had.</exception>
    public abstract ValueTask<Credential> GetAsync(bool refresh, CancellationToken cancellationToken);

    /// <summary>A token that never changes.</summary>
    public static CredentialSource Token(string token) => new StaticCredentials(new Credential("Bearer " + token, null));

    /// <summary>User name and password.</summary>
    public static CredentialSource Basic(string user, string password) =>
        new StaticCredentials(new Credential("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)), null));

    /// <summary>A client certificate.</summary>
    public static CredentialSource Certificate(X509Certificate2 certificate) => new StaticCredentials(new Credential(null, certificate));

    /// <summary>A file that holds the token of now.</summary>
    public static CredentialSource TokenFile(string file, TimeProvider time) => new TokenFileCredentials(file, time);

    /// <summary>A client certificate from PEM texts.</summary>
    /// <exception cref="KubeconfigException">They do not fit or cannot be read.</exception>
    internal static X509Certificate2 LoadCertificate(string certificatePem, string keyPem, string origin)
    {
        try
        {
            // A certificate straight from PEM has an ephemeral key, which is all a client on Linux needs.
            return X509Certificate2.CreateFromPem(certificatePem, keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new KubeconfigException($"The client certificate of {origin} cannot be used: {e.Message}", e);
        }
    }

    private sealed class StaticCredentials(Credential credential) : CredentialSource
    {
        public override ValueTask<Credential> GetAsync(bool refresh, CancellationToken cancellationToken) => ValueTask.FromResult(credential);
    }

    /// <summary>Bound service-account tokens are replaced while we run; a look per minute is enough, and one after every 401.</summary>
    private sealed class TokenFileCredentials(string file, TimeProvider time) : CredentialSource
    {
        private static readonly TimeSpan RereadAfter = TimeSpan.FromMinutes(1);
        private readonly Lock _lock = new();
        private Credential? _current;
        private long _readAt;

        public override ValueTask<Credential> GetAsync(bool refresh, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                if (_current is null || refresh || time.GetElapsedTime(_readAt) > RereadAfter)
                {
                    try
                    {
                        string token = File.ReadAllText(file).Trim();
                        if (token.Length == 0)
                        {
                            throw new IOException("it is empty");
                        }

                        _current = new Credential("Bearer " + token, null);
                        _readAt = time.GetTimestamp();
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        if (_current is null)
                        {
                            throw new KubeconfigException($"The token file {file} cannot be read: {e.Message}", e);
                        }
                    }
                }

                return ValueTask.FromResult(_current!);
            }
        }
    }
}
