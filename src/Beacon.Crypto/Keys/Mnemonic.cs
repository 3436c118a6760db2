using System.Security.Cryptography;
using System.Text;

namespace Beacon.Crypto.Keys;

/// <summary>A BIP-39 mnemonic of English words: entropy that can be written down, and the seed of a key tree.</summary>
public sealed class Mnemonic
{
    private const int BitsPerWord = 11;
    private const int SeedIterations = 2048;
    private const int SeedLength = 64;

    private static readonly Lazy<string[]> English = new(static () => EmbeddedText.Lines("bip39-english.txt"));

    private Mnemonic(string phrase) => Phrase = phrase;

    /// <summary>The words, lower case, one space between two.</summary>
    public string Phrase { get; }

    /// <summary>A new mnemonic from the system's random numbers.</summary>
    /// <param name="words">12, 15, 18, 21 or 24 words; 24 hold 256 bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another number of words.</exception>
    public static Mnemonic Generate(int words = 24)
    {
        if (words is < 12 or > 24 || words % 3 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(words), words, "A mnemonic has 12, 15, 18, 21 or 24 words.");
        }

        byte[] entropy = RandomNumberGenerator.GetBytes(words / 3 * 4);
        Mnemonic mnemonic = FromEntropy(entropy);
        CryptographicOperations.ZeroMemory(entropy);
        return mnemonic;
    }

    /// <summary>The mnemonic of given entropy.</summary>
    /// <param name="entropy">16, 20, 24, 28 or 32 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Mnemonic FromEntropy(ReadOnlySpan<byte> entropy)
    {
        if (entropy.Length is < 16 or > 32 || entropy.Length % 4 != 0)
        {
            throw new ArgumentException($"Entropy has 16, 20, 24, 28 or 32 bytes, not {entropy.Length}.", nameof(entropy));
        }

        // The first bits of the hash follow the entropy, one per 32 bits, so that the words come out even.
        byte[] bits = [.. entropy, Sha256.Hash(entropy)[0]];
        string[] words = new string[entropy.Length / 4 * 3];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = English.Value[ReadBits(bits, i * BitsPerWord)];
        }

        return new Mnemonic(string.Join(' ', words));
    }

    /// <summary>Reads a mnemonic. Upper case and extra white space are accepted.</summary>
    /// <exception cref="FormatException">A wrong number of words, an unknown word or a wrong checksum; the message says which, never the words.</exception>
    public static Mnemonic Parse(string text)
    {
        string[] words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 12 or > 24 || words.Length % 3 != 0)
        {
            throw new FormatException($"A mnemonic has 12, 15, 18, 21 or 24 words, not {words.Length}.");
        }

        byte[] bits = new byte[33];
        for (int i = 0; i < words.Length; i++)
        {
            // The list is sorted, so its order is that of ordinal comparison.
            int index = Array.BinarySearch(English.Value, words[i], StringComparer.Ordinal);
            if (index < 0)
            {
                throw new FormatException($"Word {i + 1} of the mnemonic is not in the English BIP-39 word list.");
            }

            WriteBits(bits, i * BitsPerWord, index);
        }

        int entropyLength = words.Length / 3 * 4;
        int checksumBits = words.Length / 3;
        int mask = 0xff << (8 - checksumBits) & 0xff;
        byte expected = Sha256.Hash(bits.AsSpan(0, entropyLength))[0];
        bool valid = ((bits[entropyLength] ^ expected) & mask) == 0;
        CryptographicOperations.ZeroMemory(bits);
        return valid
            ? new Mnemonic(string.Join(' ', words))
            : throw new FormatException("The mnemonic's checksum is wrong: a word is mistyped or two are swapped.");
    }

    /// <summary>The 64-byte seed.</summary>
    /// <param name="passphrase">Optional additional secret.</param>
    public byte[] ToSeed(string passphrase = "") =>
        Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(Phrase),
            Encoding.UTF8.GetBytes(CompatibilityDecomposition.Normalize("mnemonic" + passphrase)),
            SeedIterations,
            HashAlgorithmName.SHA512,
            SeedLength);

    /// <summary>Does not show the words.</summary>
    public override string ToString() => $"mnemonic of {Phrase.Count(static c => c == ' ') + 1} words";

    private static int ReadBits(ReadOnlySpan<byte> bits, int offset)
    {
        int value = 0;
        for (int i = offset; i < offset + BitsPerWord; i++)
        {
            value = (value << 1) | ((bits[i / 8] >> (7 - (i % 8))) & 1);
        }

        return value;
    }

    private static void WriteBits(Span<byte> bits, int offset, int value)
    {
        for (int i = 0; i < BitsPerWord; i++)
        {
            int bit = offset + i;
            bits[bit / 8] |= (byte)(((value >> (BitsPerWord - 1 - i)) & 1) << (7 - (bit % 8)));
        }
    }
}
