using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Libp2p.Noise;

/// <summary>ChaCha20-Poly1305 with Noise's counting nonce: one direction of a channel.</summary>
public sealed class CipherState : IDisposable
{
    /// <summary>Bytes of the authentication tag.</summary>
    public const int TagSize = 16;

    private readonly ChaCha20Poly1305 _cipher;
    private ulong _nonce;

    /// <summary>Takes a 32-byte key.</summary>
    public CipherState(ReadOnlySpan<byte> key) => _cipher = new ChaCha20Poly1305(key);

    /// <summary>Encrypts <paramref name="plaintext"/> to <paramref name="destination"/> (as long plus <see cref="TagSize"/>).</summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> destination, ReadOnlySpan<byte> associated = default)
    {
        Span<byte> nonce = stackalloc byte[12];
        Next(nonce);
        _cipher.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, TagSize), associated);
    }

    /// <summary>Decrypts <paramref name="ciphertext"/> to <paramref name="destination"/> (<see cref="TagSize"/> shorter).</summary>
    /// <exception cref="ProtocolViolationException">The tag is wrong.</exception>
    public void Decrypt(ReadOnlySpan<byte> ciphertext, Span<byte> destination, ReadOnlySpan<byte> associated = default)
    {
        Span<byte> nonce = stackalloc byte[12];
        Next(nonce);
        int length = ciphertext.Length - TagSize;
        try
        {
            _cipher.Decrypt(nonce, ciphertext[..length], ciphertext[length..], destination[..length], associated);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new ProtocolViolationException("noise: a message fails authentication", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();

    private void Next(Span<byte> nonce)
    {
        if (_nonce == ulong.MaxValue)
        {
            throw new ProtocolViolationException("noise: nonces are used up");
        }

        nonce[..4].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], _nonce++);
    }
}
