using System.Security.Cryptography;
using System.Text;

namespace Libp2p.Noise;

/// <summary>Running hash and keys of a Noise_XX_25519_ChaChaPoly_SHA256 handshake (Noise specification §5.2).</summary>
internal sealed class SymmetricState : IDisposable
{
    internal const string ProtocolName = "Noise_XX_25519_ChaChaPoly_SHA256";
    private byte[] _chainingKey;
    private byte[] _hash;
    private CipherState? _cipher;

    /// <summary>Starts with the protocol's name (32 bytes, so it is the hash itself) and a prologue.</summary>
    internal SymmetricState(ReadOnlySpan<byte> prologue)
    {
        _hash = Encoding.ASCII.GetBytes(ProtocolName);
        _chainingKey = [.. _hash];
        MixHash(prologue);
    }

    internal ReadOnlySpan<byte> HandshakeHash => _hash;

    internal bool HasKey => _cipher is not null;

    internal void MixHash(ReadOnlySpan<byte> data) => _hash = SHA256.HashData([.. _hash, .. data]);

    internal void MixKey(ReadOnlySpan<byte> input)
    {
        Span<byte> output = stackalloc byte[64];
        Expand(input, output);
        _chainingKey = output[..32].ToArray();
        _cipher?.Dispose();
        _cipher = new CipherState(output[32..]);
    }

    internal byte[] EncryptAndHash(ReadOnlySpan<byte> plaintext)
    {
        byte[] output;
        if (_cipher is null)
        {
            output = plaintext.ToArray();
        }
        else
        {
            output = new byte[plaintext.Length + CipherState.TagSize];
            _cipher.Encrypt(plaintext, output, _hash);
        }

        MixHash(output);
        return output;
    }

    internal byte[] DecryptAndHash(ReadOnlySpan<byte> data)
    {
        byte[] output;
        if (_cipher is null)
        {
            output = data.ToArray();
        }
        else
        {
            if (data.Length < CipherState.TagSize)
            {
                throw new ProtocolViolationException("noise: a handshake message is too short");
            }

            output = new byte[data.Length - CipherState.TagSize];
            _cipher.Decrypt(data, output, _hash);
        }

        MixHash(data);
        return output;
    }

    internal (CipherState First, CipherState Second) Split()
    {
        Span<byte> output = stackalloc byte[64];
        Expand([], output);
        return (new CipherState(output[..32]), new CipherState(output[32..]));
    }

    public void Dispose() => _cipher?.Dispose();

    private void Expand(ReadOnlySpan<byte> input, Span<byte> output)
    {
        // Noise's HKDF is RFC 5869 with the chaining key as salt and no info. Extract is a plain HMAC;
        // HKDF.Extract itself refuses the empty input of Split on OpenSSL 3.0.
        Span<byte> pseudorandom = stackalloc byte[32];
        HMACSHA256.HashData(_chainingKey, input, pseudorandom);
        HKDF.Expand(HashAlgorithmName.SHA256, pseudorandom, output, []);
    }
}
