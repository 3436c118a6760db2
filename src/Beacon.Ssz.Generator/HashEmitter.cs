namespace Beacon.Ssz.Generator;

/// <summary>Writes hash tree roots of containers.</summary>
internal static class HashEmitter
{
    /// <summary>Greatest number of fields whose chunks lie on the stack: 256 bytes.</summary>
    private const int StackFields = 8;

    public static void WriteHashTreeRoot(CodeWriter code, ContainerModel model)
    {
        if (model.IsImmutable)
        {
            code.Lines("""
                private Root _sszRoot;
                private bool _sszHasRoot;

                /// <inheritdoc/>
                /// <remarks>Computed once. Threads that race to do so write the same bytes.</remarks>
                public Root HashTreeRoot()
                {
                if (!System.Threading.Volatile.Read(ref _sszHasRoot))
                {
                _sszRoot = ComputeHashTreeRoot();
                System.Threading.Volatile.Write(ref _sszHasRoot, true);
                }

                return _sszRoot;
                }

                private Root ComputeHashTreeRoot()
                """);
        }
        else
        {
            code.Lines("/// <inheritdoc/>\npublic Root HashTreeRoot()");
        }

        int count = model.Fields.Count;
        int depth = 0;
        while (1 << depth < count)
        {
            depth++;
        }

        code.Lines("{");
        code.Lines(count <= StackFields
            ? $"Span<byte> chunks = stackalloc byte[{count} * 32];\nchunks.Clear();"
            : $"Span<byte> chunks = new byte[{count} * 32];");
        for (int i = 0; i < count; i++)
        {
            FieldModel field = model.Fields[i];
            string at = $"chunks[({i} * 32)..]";
            code.Lines(field.Kind switch
            {
                FieldKind.UInt when field.Size == 1 => $"chunks[{i} * 32] = {field.Name};",
                FieldKind.UInt => $"BinaryPrimitives.WriteUInt{field.Size * 8}LittleEndian({at}, {field.Name});",
                FieldKind.Boolean => $"chunks[{i} * 32] = {field.Name} ? (byte)1 : (byte)0;",
                FieldKind.Bitlist => $"{field.Name}.HashTreeRoot({field.Limit}).CopyTo({at});",
                FieldKind.List => $"SszCodec.RootOfList<{field.Element}>({field.Name}.AsSpan(), {field.Limit}).CopyTo({at});",
                FieldKind.Vector => $"SszCodec.RootOfVector<{field.Element}>({field.Name}.AsSpan()).CopyTo({at});",
                _ => $"{field.Name}.HashTreeRoot().CopyTo({at});",
            });
        }

        code.Lines($"return Merkle.Merkleize(chunks, {depth});\n}}\n");
    }
}
