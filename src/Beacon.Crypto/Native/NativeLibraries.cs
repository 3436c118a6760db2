using System.Reflection;
using System.Runtime.InteropServices;

namespace Beacon.Crypto.Native;

/// <summary>Finds the native libraries of this assembly, and says in one sentence what to do when one is missing.</summary>
internal static class NativeLibraries
{
    /// <summary>blst, built from source by <c>make deps</c>.</summary>
    public const string Blst = "libblst.so";

    /// <summary>OpenSSL's libcrypto, which .NET itself uses.</summary>
    public const string Crypto = "libcrypto.so.3";

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

        string beside = Path.Combine(AppContext.BaseDirectory, name);
        if (NativeLibrary.TryLoad(beside, out nint handle) || NativeLibrary.TryLoad(name, out handle))
        {
            return handle;
        }

        string next = name == Blst ? "run 'make deps' and build again" : "install the Debian package libssl3";
        throw new DllNotFoundException($"{name} was not found beside the program ({AppContext.BaseDirectory}) or in the system's library path: {next}.");
    }
}
