namespace Beacon.Ssz.Generator;

/// <summary>Writes the Beacon API JSON form of containers.</summary>
internal static class JsonEmitter
{
    public static void Write(CodeWriter code, ContainerModel model)
    {
        WriteWriter(code, model);
        WriteReader(code, model);
    }

    private static void WriteWriter(CodeWriter code, ContainerModel model)
    {
        code.Lines("/// <inheritdoc/>\npublic void WriteJson(Utf8JsonWriter writer)\n{\nwriter.WriteStartObject();");
        foreach (FieldModel field in model.Fields)
        {
            code.Lines($"writer.WritePropertyName(\"{field.Key}\"u8);");
            code.Lines(field.Kind switch
            {
                FieldKind.UInt => $"SszJson.WriteUInt64(writer, {field.Name});",
                FieldKind.Boolean => $"writer.WriteBooleanValue({field.Name});",
                FieldKind.List or FieldKind.Vector => $"SszJson.WriteArray<{field.Element}>(writer, {field.Name}.AsSpan());",
                _ => $"{field.Name}.WriteJson(writer);",
            });
        }

        code.Lines("writer.WriteEndObject();\n}\n");
    }

    private static void WriteReader(CodeWriter code, ContainerModel model)
    {
        code.Lines($$"""
            /// <inheritdoc/>
            public static {{model.Name}} ReadJson(ref Utf8JsonReader reader{{ContainerEmitter.ContextParameter(model)}})
            {
            SszJson.ReadObjectStart(ref reader, "{{model.Name}}");
            ulong seen = 0;
            string key = "";
            """);
        foreach (FieldModel field in model.Fields)
        {
            code.Lines($"{field.Type} {ContainerEmitter.Local(field)} = default!;");
        }

        code.Lines("try\n{\nwhile (SszJson.ReadKey(ref reader))\n{");
        for (int i = 0; i < model.Fields.Count; i++)
        {
            FieldModel field = model.Fields[i];
            code.Lines($$"""
                {{(i == 0 ? "if" : "else if")}} (reader.ValueTextEquals("{{field.Key}}"u8))
                {
                key = "{{field.Key}}";
                reader.Read();
                {{ContainerEmitter.Local(field)}} = {{Read(field)}};
                seen |= 1UL << {{i}};
                }
                """);
        }

        ulong all = model.Fields.Count == 64 ? ulong.MaxValue : (1UL << model.Fields.Count) - 1;
        code.Lines($$"""
            else
            {
            reader.Skip();
            }
            }
            }
            catch (JsonException e)
            {
            throw SszJson.At("{{model.Name}}", key, e);
            }

            if (seen != {{all}}UL)
            {
            SszJson.ThrowMissing("{{model.Name}}", seen, [{{string.Join(", ", model.Fields.Select(field => $"\"{field.Key}\""))}}]);
            }

            """);
        ContainerEmitter.WriteReturnNew(code, model);
        code.Lines("}\n");
    }

    private static string Read(FieldModel field) => field.Kind switch
    {
        FieldKind.UInt => field.Size == 8 ? "SszJson.ReadUInt64(ref reader)" : $"({field.Type})SszJson.ReadUInt(ref reader, {field.Type}.MaxValue)",
        FieldKind.Boolean => "SszJson.ReadBoolean(ref reader)",
        FieldKind.Bitlist => $"Bitlist.ReadJson(ref reader, {field.Limit})",
        FieldKind.Bitvector => $"Bitvector.ReadJson(ref reader, {field.Limit})",
        FieldKind.List => $"SszJson.ReadArray<{field.Element}>(ref reader, {field.Limit})",
        FieldKind.Vector => $"SszJson.ReadVector<{field.Element}>(ref reader, {field.Limit})",
        FieldKind.PersistentList => $"PersistentList<{field.Element}>.ReadJsonList(ref reader, {field.Limit})",
        FieldKind.PersistentVector => $"PersistentList<{field.Element}>.ReadJsonVector(ref reader, {field.Limit})",
        _ => $"{field.Type}.ReadJson(ref reader)",
    };
}
