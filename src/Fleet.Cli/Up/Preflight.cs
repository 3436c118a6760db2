using System.Runtime.InteropServices;
using Fleet.Cli.Common;

namespace Fleet.Cli.Up;

/// <summary>What this machine must have before a fleet can run on it.</summary>
internal static class Preflight
{
    /// <summary>Sonames of RocksDB that Debian and its relatives ship, newest last.</summary>
    private static readonly string[] RocksDbNames = ["librocksdb.so.7.8", "librocksdb.so.8.9", "librocksdb.so.9.10", "librocksdb.so.10", "librocksdb.so"];

    /// <exception cref="CliException">Something is missing; the sentence says how to get it.</exception>
    public static void Check()
    {
        if (!RocksDbNames.Any(name => CanLoad(name)))
        {
            throw new CliException("The RocksDB library is not installed; run 'make deps' as root, or 'apt-get install librocksdb7.8'.");
        }

        if (!CanLoad("libcrypto.so.3"))
        {
            throw new CliException("The OpenSSL 3 library is not installed; run 'make deps' as root, or 'apt-get install libssl3'.");
        }

        if (!CanLoad(Path.Combine(AppContext.BaseDirectory, "libblst.so")) && !CanLoad("libblst.so"))
        {
            throw new CliException($"libblst.so is not in {AppContext.BaseDirectory}; run 'make build', which compiles it.");
        }
    }

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }
}
