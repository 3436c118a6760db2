using System.Runtime.InteropServices;

namespace Beacon.Crypto.Native;

/// <summary>A pairing context of blst: native memory of the size blst asks for, owned by this handle.</summary>
/// <remarks>Not thread-safe; made per verification. The domain separation tag must outlive it, hence the pinned <see cref="Ciphersuite"/>.</remarks>
internal sealed unsafe class SafePairingHandle : SafeHandle
{
    internal SafePairingHandle()
        : base(0, ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>A fresh context for hash-to-curve with the proof-of-possession ciphersuite.</summary>
    public static SafePairingHandle Create()
    {
        var pairing = new SafePairingHandle();
        pairing.SetHandle((nint)NativeMemory.Alloc(Blst.blst_pairing_sizeof()));
        Blst.blst_pairing_init(pairing, hashNotEncode: true, Ciphersuite.Address, (nuint)Ciphersuite.Tag.Length);
        return pairing;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}

/// <summary>The ciphersuite of the beacon chain, BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_.</summary>
internal static class Ciphersuite
{
    /// <summary>On the pinned heap, because a pairing context keeps the address.</summary>
    private static readonly byte[] Pinned = MakePinned();

    /// <summary>The domain separation tag.</summary>
    public static ReadOnlySpan<byte> Tag => Pinned;

    /// <summary>Address of <see cref="Tag"/>, valid as long as the process lives.</summary>
    public static nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(Pinned, 0);

    private static byte[] MakePinned()
    {
        ReadOnlySpan<byte> tag = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"u8;
        byte[] pinned = GC.AllocateUninitializedArray<byte>(tag.Length, pinned: true);
        tag.CopyTo(pinned);
        return pinned;
    }
}
