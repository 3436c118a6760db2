using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>A value with an SSZ form, a hash tree root and a Beacon API JSON form, all without reflection.</summary>
/// <remarks>
/// Containers get their implementation from the generator (<see cref="SszContainerAttribute"/>). Decoders validate completely: sizes, offsets,
/// limits and padding bits; whatever is malformed throws <see cref="SszException"/> and nothing else.
/// </remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ISszSerializable<TSelf> : IBeaconJson<TSelf>
    where TSelf : ISszSerializable<TSelf>
{
    /// <summary>Bytes of every value of the type, or 0 when the size varies (the type is then stored behind an offset).</summary>
    static abstract int FixedSize { get; }

    /// <summary>Whether the type is a basic one (an integer or boolean), packed several to a chunk in lists and vectors.</summary>
    static abstract bool IsBasic { get; }

    /// <summary>The value in which everything is zero or empty.</summary>
    static abstract TSelf CreateDefault();

    /// <summary>Reads a value that fills <paramref name="data"/> exactly.</summary>
    /// <exception cref="SszException">The bytes are no valid encoding.</exception>
    static abstract TSelf Deserialize(ReadOnlySpan<byte> data);

    /// <summary>Bytes of this value's encoding.</summary>
    int SszSize { get; }

    /// <summary>Writes the encoding; <paramref name="destination"/> has exactly <see cref="SszSize"/> bytes.</summary>
    void Serialize(Span<byte> destination);

    /// <summary>The hash tree root. Immutable containers compute it once.</summary>
    Root HashTreeRoot();

    /// <summary>Writes the roots of many values, which types that can do better than one by one override.</summary>
    /// <param name="items">The values.</param>
    /// <param name="roots">32 bytes for each.</param>
    static virtual void WriteRoots(ReadOnlySpan<TSelf> items, Span<byte> roots)
    {
        for (int i = 0; i < items.Length; i++)
        {
            items[i].HashTreeRoot().CopyTo(roots[(i * Root.Size)..]);
        }
    }
}

/// <summary>An SSZ value of which some limit depends on a context (the preset).</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="TContext">What the limits are taken from.</typeparam>
public interface ISszSerializable<TSelf, in TContext>
    where TSelf : ISszSerializable<TSelf, TContext>
{
    /// <inheritdoc cref="ISszSerializable{TSelf}.CreateDefault"/>
    static abstract TSelf CreateDefault(TContext context);

    /// <inheritdoc cref="ISszSerializable{TSelf}.Deserialize"/>
    static abstract TSelf Deserialize(ReadOnlySpan<byte> data, TContext context);

    /// <inheritdoc cref="IBeaconJson{TSelf}.ReadJson"/>
    static abstract TSelf ReadJson(ref Utf8JsonReader reader, TContext context);

    /// <inheritdoc cref="IBeaconJson{TSelf}.WriteJson"/>
    void WriteJson(Utf8JsonWriter writer);

    /// <inheritdoc cref="ISszSerializable{TSelf}.SszSize"/>
    int SszSize { get; }

    /// <inheritdoc cref="ISszSerializable{TSelf}.Serialize"/>
    void Serialize(Span<byte> destination);

    /// <inheritdoc cref="ISszSerializable{TSelf}.HashTreeRoot"/>
    Root HashTreeRoot();
}

/// <summary>The Beacon API's JSON form: snake_case keys, integers as decimal strings, bytes as 0x-prefixed hexadecimal.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IBeaconJson<TSelf>
    where TSelf : IBeaconJson<TSelf>
{
    /// <summary>Writes the value.</summary>
    void WriteJson(Utf8JsonWriter writer);

    /// <summary>Reads a value. The reader stands on its first token and is left on its last one.</summary>
    /// <exception cref="JsonException">A key is missing or a value has the wrong form; the message names the key. Unknown keys are skipped.</exception>
    static abstract TSelf ReadJson(ref Utf8JsonReader reader);
}
