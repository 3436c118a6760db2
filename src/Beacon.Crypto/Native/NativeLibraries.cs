using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Beacon.Crypto.Native;

/// <summary>Finds the native libraries of this assembly, and says in one sentence what to do when one is missing.</summary>
internal static class NativeLibraries
{
    /// <summary>blst, built from source by <c>make deps</c>.</summary>
    public const string Blst = "libblst.so";

    /// <summary>The same for processors with ADX, BMI2 and SHA instructions: signatures take two thirds of the time, hashes a fifth.</summary>
    private const string BlstAdx = "libblst-adx.so";

    /// <summary>OpenSSL's libcrypto, which .NET itself uses.</summary>
    public const string Crypto = "libcrypto.so.3";

    /// <summary>CPUID leaf 7, EBX: bit 8 is BMI2, bit 19 ADX, bit 29 SHA (Intel SDM volume 2A).</summary>
    private static bool HasAdx
    {
        get
        {
            const int Wanted = (1 << 8) | (1 << 19) | (1 << 29);
            return X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ebx & Wanted) == Wanted;
        }
    }

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Registers the resolver. Called by the static constructor of every interop class, before its first native call.</summary>
    public static void Register()
    {
        // Running the static constructor is the effect; it happens once.
    }

    /// <summary>Finds a library or says what to do.</summary>
    /// <exception cref="DllNotFoundException">It is missing.</exception>
    public static void EnsureLoaded(string name) => _ = Resolve(name, typeof(NativeLibraries).Assembly, null);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name is not (Blst or Crypto))
        {
            return 0;
        }

        if (name == Blst && HasAdx && NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, BlstAdx), out nint handle))
        {
            return handle;
        }

        if (NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, name), out handle) || NativeLibrary.TryLoad(name, out handle))
        {
            return handle;
        }

        string next = name == Blst ? "run 'make deps' and build again" : "install the Debian package libssl3";
        throw new DllNotFoundException($"{name} was not found beside the program ({AppContext.BaseDirectory}) or in the system's library path: {next}.");
    }
}
