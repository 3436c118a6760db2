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
        if (model.IsFlat)
        {
            WriteFlat(code, model);
        }
    }

    /// <summary>Writes what lets lists of the container hash many side by side.</summary>
    private static void WriteFlat(CodeWriter code, ContainerModel model)
    {
        string contract = $"ISszFlatContainer<{model.Name}>";
        List<int> wide = [.. Enumerable.Range(0, model.Fields.Count).Where(i => model.Fields[i].FlatSize > 32)];
        code.Lines($$"""
            static int {{contract}}.FieldCount => {{model.Fields.Count}};

            static ReadOnlySpan<int> {{contract}}.WideFields => [{{string.Join(", ", wide)}}];

            static void ISszSerializable<{{model.Name}}>.WriteRoots(ReadOnlySpan<{{model.Name}}> items, Span<byte> roots) => FlatRoots.Write(items, roots);

            bool {{contract}}.TryGetRoot(out Root root)
            {
            bool has = System.Threading.Volatile.Read(ref _sszHasRoot);
            root = _sszRoot;
            return has;
            }

            void {{contract}}.KeepRoot(in Root root)
            {
            _sszRoot = root;
            System.Threading.Volatile.Write(ref _sszHasRoot, true);
            }

            void {{contract}}.WriteFlat(Span<byte> chunks, Span<byte> wide)
            {
            """);
        for (int i = 0; i < model.Fields.Count; i++)
        {
            FieldModel field = model.Fields[i];
            code.Lines(field.Kind switch
            {
                FieldKind.UInt when field.Size == 1 => $"chunks[{i} * 32] = {field.Name};",
                FieldKind.UInt => $"BinaryPrimitives.WriteUInt{field.Size * 8}LittleEndian(chunks[({i} * 32)..], {field.Name});",
                FieldKind.Boolean => $"chunks[{i} * 32] = {field.Name} ? (byte)1 : (byte)0;",
                _ when field.FlatSize > 32 => $"{field.Name}.Serialize(wide.Slice({wide.IndexOf(i)} * 64, {field.FlatSize}));",
                _ => $"{field.Name}.Serialize(chunks.Slice({i} * 32, {field.FlatSize}));",
            });
        }

        code.Lines("}\n");
    }
}
