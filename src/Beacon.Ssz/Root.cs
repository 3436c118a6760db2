using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>32 bytes: a hash tree root, a block root, a randao mix, any <c>Bytes32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Root : IEquatable<Root>, IComparable<Root>, ISszSerializable<Root>
{
    /// <summary>Bytes of a root.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Copies 32 bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> has another length.</exception>
    public Root(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A root has 32 bytes, not {bytes.Length}.", nameof(bytes));
        }

        this = MemoryMarshal.Read<Root>(bytes);
    }

    /// <summary>The root of 32 zero bytes.</summary>
    public static Root Zero => default;

    /// <inheritdoc/>
    public static int FixedSize => Size;

    /// <inheritdoc/>
    public static bool IsBasic => false;

    /// <summary>Whether all bytes are zero.</summary>
    public bool IsZero => (_a | _b | _c | _d) == 0;

    /// <inheritdoc/>
    public int SszSize => Size;

    /// <summary>The bytes, without a copy.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => MemoryMarshal.AsBytes(new ReadOnlySpan<Root>(in this));

    /// <summary>The bytes, copied.</summary>
    public byte[] ToArray() => AsSpan().ToArray();

    /// <summary>Copies the bytes to the beginning of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>Reads 64 hexadecimal digits with or without <c>0x</c>.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static Root Parse(ReadOnlySpan<char> text)
    {
        Root root = default;
        Hex.Parse(text, MemoryMarshal.AsBytes(new Span<Root>(ref root)));
        return root;
    }

    /// <summary>Like <see cref="Parse"/>, without the exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Root root)
    {
        root = default;
        return Hex.TryParse(text, MemoryMarshal.AsBytes(new Span<Root>(ref root)));
    }

    /// <inheritdoc/>
    public static Root CreateDefault() => default;

    /// <inheritdoc/>
    public static Root Deserialize(ReadOnlySpan<byte> data)
    {
        SszCodec.CheckSize(data, Size, nameof(Root));
        return MemoryMarshal.Read<Root>(data);
    }

    /// <inheritdoc/>
    public void Serialize(Span<byte> destination) => CopyTo(destination);

    /// <inheritdoc/>
    public Root HashTreeRoot() => this;

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer) => SszJson.WriteHex(writer, AsSpan());

    /// <inheritdoc/>
    public static Root ReadJson(ref Utf8JsonReader reader)
    {
        Root root = default;
        SszJson.ReadHex(ref reader, MemoryMarshal.AsBytes(new Span<Root>(ref root)));
        return root;
    }

    /// <inheritdoc/>
    public bool Equals(Root other) =>
        Vector256.LoadUnsafe(in Unsafe.As<Root, byte>(ref Unsafe.AsRef(in this)))
        == Vector256.LoadUnsafe(in Unsafe.As<Root, byte>(ref other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Root other && Equals(other);

    /// <summary>Roots are hashes: some of their bits do as a hash code. The first word is mixed in because small test values differ there.</summary>
    public override int GetHashCode() => HashCode.Combine(_a, _d);

    /// <summary>Compares as big-endian numbers, which is the order the spec's tie-breaking uses.</summary>
    public int CompareTo(Root other) => AsSpan().SequenceCompareTo(other.AsSpan());

    /// <summary><c>0x</c> and 64 hexadecimal digits.</summary>
    public override string ToString() => Hex.Format(AsSpan());

    /// <summary>The first four bytes, for logs.</summary>
    public string ToShortString() => Hex.Format(AsSpan()[..4]);

    /// <inheritdoc cref="Equals(Root)"/>
    public static bool operator ==(Root left, Root right) => left.Equals(right);

    /// <inheritdoc cref="Equals(Root)"/>
    public static bool operator !=(Root left, Root right) => !left.Equals(right);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(Root left, Root right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(Root left, Root right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(Root left, Root right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(Root left, Root right) => left.CompareTo(right) >= 0;
}
