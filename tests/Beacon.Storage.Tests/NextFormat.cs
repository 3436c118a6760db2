namespace Beacon.Storage.Tests;

/// <summary>A layout as the release after this one could have it: every block's value begins with a mark. What this release writes is its previous one.</summary>
internal static class NextFormat
{
    public const uint Number = 2;

    private static readonly byte[] Mark = "next"u8.ToArray();

    /// <summary>What that release works with.</summary>
    public static DatabaseFormats Formats { get; } = new()
    {
        Previous = DatabaseFormats.Current.Newest,
        Newest = new DatabaseFormat(Number, static store => new MarkedBlocks(store)),
    };

    private sealed class MarkedBlocks(IKeyValueStore inner) : IKeyValueStore
    {
        public long ApproximateSize => inner.ApproximateSize;

        public byte[]? Get(Column column, ReadOnlySpan<byte> key) => inner.Get(column, key) is { } value ? Decode(column, value) : null;

        public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) =>
            inner.Range(column, from, to).Select(entry => new KeyValuePair<byte[], byte[]>(entry.Key, Decode(column, entry.Value)));

        public void Write(WriteBatch batch, bool durable = false)
        {
            var written = new WriteBatch();
            foreach (WriteOperation operation in batch.Operations)
            {
                var column = (Column)operation.Key[0];
                ReadOnlySpan<byte> key = operation.Key.AsSpan(1);
                if (operation.Value is null)
                {
                    written.Delete(column, key);
                }
                else
                {
                    written.Put(column, key, column == Column.Block ? [.. Mark, .. operation.Value] : operation.Value);
                }
            }

            inner.Write(written, durable);
        }

        public IKeyValueSnapshot Snapshot() => new MarkedSnapshot(inner.Snapshot());

        public void Checkpoint(string directory) => inner.Checkpoint(directory);

        public void Dispose() => inner.Dispose();

        private static byte[] Decode(Column column, byte[] value) => column != Column.Block ? value
            : value.AsSpan().StartsWith(Mark) ? value[Mark.Length..]
            : throw new DatabaseDamagedException("The database holds a block without its mark; remove the chain directory to start the chain anew.");

        private sealed class MarkedSnapshot(IKeyValueSnapshot inner) : IKeyValueSnapshot
        {
            public byte[]? Get(Column column, ReadOnlySpan<byte> key) => inner.Get(column, key) is { } value ? Decode(column, value) : null;

            public IEnumerable<KeyValuePair<byte[], byte[]>> Range(Column column, byte[] from, byte[] to) =>
                inner.Range(column, from, to).Select(entry => new KeyValuePair<byte[], byte[]>(entry.Key, Decode(column, entry.Value)));

            public void Dispose() => inner.Dispose();
        }
    }
}
