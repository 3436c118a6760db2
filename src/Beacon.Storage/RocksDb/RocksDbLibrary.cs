using System.Runtime.InteropServices;

namespace Beacon.Storage.RocksDb;

/// <summary>Finds librocksdb: Debian installs it by versioned names only.</summary>
internal static class RocksDbLibrary
{
    private static readonly Lazy<nint> Handle = new(Load);

    static RocksDbLibrary() =>
        NativeLibrary.SetDllImportResolver(typeof(RocksDbLibrary).Assembly, static (name, _, _) => name == Interop.Library ? Handle.Value : 0);

    /// <summary>Loads the library, or throws <see cref="DatabaseException"/> with what to install.</summary>
    public static void EnsureLoaded() => _ = Handle.Value;

    private static nint Load()
    {
        foreach (string name in Candidates())
        {
            if (NativeLibrary.TryLoad(name, typeof(RocksDbLibrary).Assembly, DllImportSearchPath.SafeDirectories, out nint handle))
            {
                return handle;
            }
        }

        throw new DatabaseException("The library librocksdb was not found; install the package librocksdb7.8 (Debian 12) or a newer librocksdb.");
    }

    /// <summary>The version this code is tested with, then newer sonames whose C API is a superset.</summary>
    private static IEnumerable<string> Candidates()
    {
        yield return "librocksdb.so.7.8";
        for (int major = 8; major <= 10; major++)
        {
            yield return $"librocksdb.so.{major}";
            for (int minor = 0; minor <= 11; minor++)
            {
                yield return $"librocksdb.so.{major}.{minor}";
            }
        }

        yield return "librocksdb.so";
    }
}
