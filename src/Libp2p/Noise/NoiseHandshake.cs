using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Libp2p.Crypto;
using Libp2p.Multiformats;
using Libp2p.Protobuf;

namespace Libp2p.Noise;

/// <summary>libp2p's use of Noise XX: e; e ee s es; s se, with signed identity keys in the payloads.</summary>
public static class NoiseHandshake
{
    /// <summary>Protocol ID in multistream-select.</summary>
    public const string ProtocolId = "/noise";

    /// <summary>Longest handshake message accepted, in bytes; an honest one has about 250.</summary>
    public const int MaxHandshakeMessage = 4096;

    private const string SignaturePrefix = "noise-libp2p-static-key:";

    /// <summary>Runs the handshake as the side that dialled.</summary>
    /// <param name="pipe">The connection under the channel.</param>
    /// <param name="identity">Our identity.</param>
    /// <param name="expected">The peer that was dialled; another one fails the handshake.</param>
    /// <param name="cancellationToken">Ends the handshake; the connection is then unusable.</param>
    /// <exception cref="ProtocolViolationException">Malformed messages, a wrong signature, or another peer than expected.</exception>
    public static async Task<NoiseChannel> DialAsync(IDuplexPipe pipe, Identity identity, PeerId? expected, CancellationToken cancellationToken)
    {
        using var symmetric = new SymmetricState([]);
        byte[] ephemeral = RandomNumberGenerator.GetBytes(X25519.KeySize);
        byte[] ephemeralPublic = X25519.PublicKey(ephemeral);
        byte[] statics = RandomNumberGenerator.GetBytes(X25519.KeySize);
        byte[] staticPublic = X25519.PublicKey(statics);

        symmetric.MixHash(ephemeralPublic);
        symmetric.MixHash([]);
        await SendAsync(pipe.Output, ephemeralPublic, cancellationToken);

        byte[] second = await ReceiveAsync(pipe.Input, cancellationToken);
        Require(second, X25519.KeySize + X25519.KeySize + CipherState.TagSize);
        byte[] theirEphemeral = second[..32];
        symmetric.MixHash(theirEphemeral);
        symmetric.MixKey(Agree(ephemeral, theirEphemeral));
        byte[] theirStatic = symmetric.DecryptAndHash(second.AsSpan(32, 48));
        symmetric.MixKey(Agree(ephemeral, theirStatic));
        byte[] theirPayload = symmetric.DecryptAndHash(second.AsSpan(80));
        PublicKey remote = VerifyPayload(theirPayload, theirStatic, expected);

        byte[] encryptedStatic = symmetric.EncryptAndHash(staticPublic);
        symmetric.MixKey(Agree(statics, theirEphemeral));
        byte[] payload = symmetric.EncryptAndHash(MakePayload(identity, staticPublic));
        await SendAsync(pipe.Output, [.. encryptedStatic, .. payload], cancellationToken);
        (CipherState send, CipherState receive) = symmetric.Split();
        return new NoiseChannel(pipe, send, receive, remote);
    }

    /// <summary>Runs the handshake as the side that was dialled.</summary>
    /// <exception cref="ProtocolViolationException">Malformed messages or a wrong signature.</exception>
    public static async Task<NoiseChannel> ListenAsync(IDuplexPipe pipe, Identity identity, CancellationToken cancellationToken)
    {
        using var symmetric = new SymmetricState([]);
        byte[] ephemeral = RandomNumberGenerator.GetBytes(X25519.KeySize);
        byte[] ephemeralPublic = X25519.PublicKey(ephemeral);
        byte[] statics = RandomNumberGenerator.GetBytes(X25519.KeySize);
        byte[] staticPublic = X25519.PublicKey(statics);

        byte[] first = await ReceiveAsync(pipe.Input, cancellationToken);
        Require(first, X25519.KeySize);
        byte[] theirEphemeral = first[..32];
        symmetric.MixHash(theirEphemeral);
        symmetric.MixHash(first.AsSpan(32));

        symmetric.MixHash(ephemeralPublic);
        symmetric.MixKey(Agree(ephemeral, theirEphemeral));
        byte[] encryptedStatic = symmetric.EncryptAndHash(staticPublic);
        symmetric.MixKey(Agree(statics, theirEphemeral));
        byte[] payload = symmetric.EncryptAndHash(MakePayload(identity, staticPublic));
        await SendAsync(pipe.Output, [.. ephemeralPublic, .. encryptedStatic, .. payload], cancellationToken);

        byte[] third = await ReceiveAsync(pipe.Input, cancellationToken);
        Require(third, X25519.KeySize + CipherState.TagSize);
        byte[] theirStatic = symmetric.DecryptAndHash(third.AsSpan(0, 48));
        symmetric.MixKey(Agree(ephemeral, theirStatic));
        byte[] theirPayload = symmetric.DecryptAndHash(third.AsSpan(48));
        PublicKey remote = VerifyPayload(theirPayload, theirStatic, expected: null);
        (CipherState receive, CipherState send) = symmetric.Split();
        return new NoiseChannel(pipe, send, receive, remote);
    }

    private static byte[] Agree(byte[] privateKey, byte[] publicKey)
    {
        try
        {
            return X25519.SharedSecret(privateKey, publicKey);
        }
        catch (CryptographicException e)
        {
            throw new ProtocolViolationException("noise: the other side's key is not usable", e);
        }
    }

    private static void Require(byte[] message, int length)
    {
        if (message.Length < length)
        {
            throw new ProtocolViolationException("noise: a handshake message is too short");
        }
    }

    private static byte[] MakePayload(Identity identity, byte[] staticPublic)
    {
        byte[] signature = identity.Sign([.. System.Text.Encoding.ASCII.GetBytes(SignaturePrefix), .. staticPublic]);
        var buffer = new ArrayBufferWriter<byte>(160);
        var writer = new ProtoWriter(buffer);
        writer.WriteBytes(1, identity.PublicKey.Encoded);
        writer.WriteBytes(2, signature);
        return buffer.WrittenSpan.ToArray();
    }

    private static PublicKey VerifyPayload(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> staticPublic, PeerId? expected)
    {
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> signature = default;
        var reader = new ProtoReader(payload);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    key = reader.ReadBytes();
                    break;
                case 2:
                    signature = reader.ReadBytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        PublicKey remote = PublicKey.Decode(key);
        var peerId = PeerId.FromPublicKey(remote);
        if (expected is not null && peerId != expected)
        {
            throw new ProtocolViolationException($"noise: dialled {expected}, but {peerId} answered");
        }

        return remote.Verify([.. System.Text.Encoding.ASCII.GetBytes(SignaturePrefix), .. staticPublic], signature)
            ? remote
            : throw new ProtocolViolationException("noise: the identity signature is wrong");
    }

    private static async ValueTask SendAsync(PipeWriter output, byte[] message, CancellationToken cancellationToken)
    {
        Span<byte> span = output.GetSpan(2 + message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)message.Length);
        message.CopyTo(span[2..]);
        output.Advance(2 + message.Length);
        await output.FlushAsync(cancellationToken);
    }

    private static async ValueTask<byte[]> ReceiveAsync(PipeReader input, CancellationToken cancellationToken)
    {
        ReadResult head = await input.ReadAtLeastAsync(2, cancellationToken);
        if (head.Buffer.Length < 2)
        {
            input.AdvanceTo(head.Buffer.End);
            throw new EndOfStreamException("noise: the other side closed during the handshake");
        }

        int length = ReadLength(head.Buffer);
        input.AdvanceTo(head.Buffer.Start);
        if (length > MaxHandshakeMessage)
        {
            throw new ProtocolViolationException($"noise: a handshake message of {length} bytes, at most {MaxHandshakeMessage} are accepted");
        }

        ReadResult body = await input.ReadAtLeastAsync(2 + length, cancellationToken);
        if (body.Buffer.Length < 2 + length)
        {
            input.AdvanceTo(body.Buffer.End);
            throw new EndOfStreamException("noise: the other side closed during the handshake");
        }

        ReadOnlySequence<byte> message = body.Buffer.Slice(2, length);
        byte[] bytes = message.ToArray();
        input.AdvanceTo(message.End);
        return bytes;
    }

    internal static int ReadLength(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> length = stackalloc byte[2];
        buffer.Slice(0, 2).CopyTo(length);
        return BinaryPrimitives.ReadUInt16BigEndian(length);
    }
}
