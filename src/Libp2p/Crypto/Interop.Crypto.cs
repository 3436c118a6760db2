using System.Runtime.InteropServices;

namespace Libp2p.Crypto;

/// <summary>The few calls of libcrypto 3 that .NET does not offer: raw keys of Curve25519.</summary>
internal static partial class Interop
{
    private const string Library = "libcrypto.so.3";

    /// <summary>NID of X25519.</summary>
    internal const int X25519 = 1034;

    /// <summary>NID of Ed25519.</summary>
    internal const int Ed25519 = 1087;

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    internal static partial SafeEvpPkeyHandle NewRawPrivateKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    internal static partial SafeEvpPkeyHandle NewRawPublicKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    internal static partial int GetRawPublicKey(SafeEvpPkeyHandle key, Span<byte> destination, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    internal static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new")]
    internal static partial SafeEvpPkeyContextHandle NewContext(SafeEvpPkeyHandle key, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_init")]
    internal static partial int DeriveInit(SafeEvpPkeyContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_set_peer")]
    internal static partial int DeriveSetPeer(SafeEvpPkeyContextHandle context, SafeEvpPkeyHandle peer);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive")]
    internal static partial int Derive(SafeEvpPkeyContextHandle context, Span<byte> secret, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    internal static partial SafeEvpMdContextHandle NewDigestContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    internal static partial void FreeDigestContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    internal static partial int DigestSignInit(SafeEvpMdContextHandle context, nint keyContext, nint digest, nint engine, SafeEvpPkeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    internal static partial int DigestSign(SafeEvpMdContextHandle context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    internal static partial int DigestVerifyInit(SafeEvpMdContextHandle context, nint keyContext, nint digest, nint engine, SafeEvpPkeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    internal static partial int DigestVerify(SafeEvpMdContextHandle context, ReadOnlySpan<byte> signature, nuint length, ReadOnlySpan<byte> message, nuint messageLength);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    internal static partial void ClearErrors();
}

/// <summary>Owns an EVP_PKEY.</summary>
internal sealed class SafeEvpPkeyHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Interop.FreeKey(handle);
        return true;
    }
}

/// <summary>Owns an EVP_PKEY_CTX.</summary>
internal sealed class SafeEvpPkeyContextHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Interop.FreeContext(handle);
        return true;
    }
}

/// <summary>Owns an EVP_MD_CTX.</summary>
internal sealed class SafeEvpMdContextHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Interop.FreeDigestContext(handle);
        return true;
    }
}
