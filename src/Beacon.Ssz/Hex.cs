using System.Buffers;

namespace Beacon.Ssz;

/// <summary>0x-prefixed lower-case hexadecimal, as the Beacon API and configuration files write bytes.</summary>
public static class Hex
{
    /// <summary><c>0x</c> and two digits per byte.</summary>
    public static string Format(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    /// <summary>Reads exactly as many bytes as <paramref name="destination"/> has; the prefix may be missing.</summary>
    /// <exception cref="FormatException">The text has another length or other characters.</exception>
    public static void Parse(ReadOnlySpan<char> text, Span<byte> destination)
    {
        if (!TryParse(text, destination))
        {
            throw new FormatException($"'{Shorten(text)}' is not {destination.Length} bytes of hexadecimal.");
        }
    }

    /// <summary>Reads bytes of any length; the prefix may be missing.</summary>
    /// <exception cref="FormatException">An odd number of digits, or other characters.</exception>
    public static byte[] Parse(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[StripPrefix(text).Length / 2];
        Parse(text, bytes);
        return bytes;
    }

    /// <summary>Like <see cref="Parse(ReadOnlySpan{char}, Span{byte})"/>, without the exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, Span<byte> destination)
    {
        ReadOnlySpan<char> digits = StripPrefix(text);
        return digits.Length == destination.Length * 2
            && Convert.FromHexString(digits, destination, out _, out _) == OperationStatus.Done;
    }

    private static ReadOnlySpan<char> StripPrefix(ReadOnlySpan<char> text) =>
        text.StartsWith("0x", StringComparison.Ordinal) || text.StartsWith("0X", StringComparison.Ordinal) ? text[2..] : text;

    private static string Shorten(ReadOnlySpan<char> text) =>
        text.Length <= 80 ? text.ToString() : string.Concat(text[..76], " ...");
}
