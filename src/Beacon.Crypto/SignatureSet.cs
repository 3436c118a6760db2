namespace Beacon.Crypto;

/// <summary>One signature to be checked: a key (or an aggregate of keys) and what it should have signed.</summary>
public readonly struct SignatureSet
{
    /// <summary>Makes a set.</summary>
    /// <param name="publicKey">The key, or the sum of the keys, that signed.</param>
    /// <param name="message">What was signed, in the beacon chain a 32-byte signing root. Not copied: it must not change.</param>
    /// <param name="signature">The signature.</param>
    public SignatureSet(PublicKey publicKey, ReadOnlyMemory<byte> message, Signature signature)
    {
        PublicKey = publicKey;
        Message = message;
        Signature = signature;
    }

    /// <summary>The key, or the sum of the keys, that signed.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>What was signed.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>The signature.</summary>
    public Signature Signature { get; }
}
