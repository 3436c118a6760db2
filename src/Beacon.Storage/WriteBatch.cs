namespace Beacon.Storage;

/// <summary>An ordered list of puts and deletes that are applied together or not at all.</summary>
public sealed class WriteBatch
{
    private readonly List<WriteOperation> _operations = [];

    /// <summary>The operations in the order in which they were added.</summary>
    public IReadOnlyList<WriteOperation> Operations => _operations;

    /// <summary>Stores a value, replacing an earlier one.</summary>
    public void Put(Column column, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        _operations.Add(new WriteOperation(StoreKey.Join(column, key), value.ToArray()));

    /// <summary>Removes a key; a missing key is no error.</summary>
    public void Delete(Column column, ReadOnlySpan<byte> key) =>
        _operations.Add(new WriteOperation(StoreKey.Join(column, key), null));
}

/// <summary>One operation of a batch.</summary>
/// <param name="Key">Column byte followed by the key.</param>
/// <param name="Value">The value to store; null removes the key.</param>
public readonly record struct WriteOperation(byte[] Key, byte[]? Value);

/// <summary>Keys as the back-ends store them: the column's byte, then the key.</summary>
internal static class StoreKey
{
    public static byte[] Join(Column column, ReadOnlySpan<byte> key)
    {
        var joined = new byte[1 + key.Length];
        joined[0] = (byte)column;
        key.CopyTo(joined.AsSpan(1));
        return joined;
    }

    /// <summary>The exclusive end of a range: the given key, or the first key after the column.</summary>
    public static byte[] End(Column column, byte[] to) => to.Length > 0 ? Join(column, to) : [(byte)((byte)column + 1)];
}
