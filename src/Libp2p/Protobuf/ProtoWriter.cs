using System.Buffers;
using System.Text;
using Libp2p.Multiformats;

namespace Libp2p.Protobuf;

/// <summary>Writes protobuf fields to a buffer writer.</summary>
public readonly struct ProtoWriter(IBufferWriter<byte> destination)
{
    private readonly IBufferWriter<byte> _destination = destination;

    /// <summary>Writes a varint field.</summary>
    public void WriteVarint(int field, ulong value)
    {
        Varint.Write(_destination, (ulong)(uint)field << 3);
        Varint.Write(_destination, value);
    }

    /// <summary>Writes a boolean field.</summary>
    public void WriteBool(int field, bool value) => WriteVarint(field, value ? 1UL : 0UL);

    /// <summary>Writes a bytes field.</summary>
    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        Varint.Write(_destination, ((ulong)(uint)field << 3) | 2);
        Varint.Write(_destination, (ulong)value.Length);
        _destination.Write(value);
    }

    /// <summary>Writes a text field.</summary>
    public void WriteString(int field, string value) => WriteBytes(field, Encoding.UTF8.GetBytes(value));
}
