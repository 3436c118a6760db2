using System.Globalization;
using Beacon.Crypto.Native;

namespace Beacon.Crypto.Keys;

/// <summary>The tree of BLS keys below a seed: EIP-2333 (derivation) and EIP-2334 (paths).</summary>
public static class KeyDerivation
{
    /// <summary>Shortest seed, in bytes.</summary>
    public const int MinimumSeedLength = 32;

    /// <summary>Path of validator <paramref name="index"/>'s withdrawal key.</summary>
    public static string WithdrawalPath(uint index) => string.Create(CultureInfo.InvariantCulture, $"m/12381/3600/{index}/0");

    /// <summary>Path of validator <paramref name="index"/>'s signing key.</summary>
    public static string SigningPath(uint index) => string.Create(CultureInfo.InvariantCulture, $"m/12381/3600/{index}/0/0");

    /// <summary>The key at the root of the tree.</summary>
    /// <param name="seed">At least 32 bytes; from a mnemonic, 64.</param>
    /// <exception cref="ArgumentException">The seed is too short.</exception>
    public static SecretKey DeriveMaster(ReadOnlySpan<byte> seed)
    {
        if (seed.Length < MinimumSeedLength)
        {
            throw new ArgumentException($"A seed has at least {MinimumSeedLength} bytes, not {seed.Length}.", nameof(seed));
        }

        Blst.blst_derive_master_eip2333(out Scalar scalar, seed, (nuint)seed.Length);
        return new SecretKey(in scalar);
    }

    /// <summary>A child of a key.</summary>
    public static SecretKey DeriveChild(SecretKey parent, uint index)
    {
        Blst.blst_derive_child_eip2333(out Scalar scalar, in parent.Value, index);
        return new SecretKey(in scalar);
    }

    /// <summary>The key at a path like <c>m/12381/3600/0/0/0</c>.</summary>
    /// <exception cref="ArgumentException">The seed is too short.</exception>
    /// <exception cref="FormatException">The path is malformed.</exception>
    public static SecretKey Derive(ReadOnlySpan<byte> seed, string path)
    {
        uint[] indices = ParsePath(path);
        SecretKey key = DeriveMaster(seed);
        foreach (uint index in indices)
        {
            SecretKey child = DeriveChild(key, index);
            key.Dispose();
            key = child;
        }

        return key;
    }

    /// <summary>The indices of a path, which starts with <c>m</c> and has decimal numbers below 2³².</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static uint[] ParsePath(string path)
    {
        string[] parts = path.Split('/');
        if (parts[0] != "m")
        {
            throw new FormatException($"The key path '{path}' does not start with 'm'.");
        }

        uint[] indices = new uint[parts.Length - 1];
        for (int i = 0; i < indices.Length; i++)
        {
            if (!uint.TryParse(parts[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out indices[i]))
            {
                throw new FormatException($"The key path '{path}' has '{parts[i + 1]}' where a number from 0 to {uint.MaxValue} is wanted.");
            }
        }

        return indices;
    }
}
