using System.Diagnostics.CodeAnalysis;

namespace Libp2p.Multiformats;

/// <summary>base58btc without a multibase prefix, as peer IDs are written. For short inputs only (quadratic).</summary>
public static class Base58
{
    /// <summary>Longest text or value accepted.</summary>
    public const int MaxInput = 256;

    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>Encodes at most <see cref="MaxInput"/> bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, MaxInput, nameof(value));
        int zeros = 0;
        while (zeros < value.Length && value[zeros] == 0)
        {
            zeros++;
        }

        byte[] digits = new byte[value.Length * 138 / 100 + 1];
        int length = 0;
        foreach (byte b in value[zeros..])
        {
            int carry = b;
            for (int i = 0; i < length; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
            }

            while (carry > 0)
            {
                digits[length++] = (byte)(carry % 58);
                carry /= 58;
            }
        }

        return string.Create(zeros + length, (digits, length, zeros), static (text, state) =>
        {
            text[..state.zeros].Fill('1');
            for (int i = 0; i < state.length; i++)
            {
                text[state.zeros + i] = Alphabet[state.digits[state.length - 1 - i]];
            }
        });
    }

    /// <summary>Decodes at most <see cref="MaxInput"/> characters; false when one of them is not of the alphabet.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        if (text.Length > MaxInput)
        {
            return false;
        }

        int zeros = 0;
        while (zeros < text.Length && text[zeros] == '1')
        {
            zeros++;
        }

        byte[] bytes = new byte[text.Length];
        int length = 0;
        foreach (char c in text[zeros..])
        {
            int carry = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (carry < 0)
            {
                return false;
            }

            for (int i = 0; i < length; i++)
            {
                carry += bytes[i] * 58;
                bytes[i] = (byte)carry;
                carry >>= 8;
            }

            while (carry > 0)
            {
                bytes[length++] = (byte)carry;
                carry >>= 8;
            }
        }

        value = new byte[zeros + length];
        for (int i = 0; i < length; i++)
        {
            value[zeros + i] = bytes[length - 1 - i];
        }

        return true;
    }
}
