using Libp2p.Multiformats;

namespace Libp2p.Protobuf;

/// <summary>Reads protobuf fields from a span, one after another. The span is the bound: nothing is allocated here.</summary>
/// <remarks>Only the wire types libp2p uses: varint and length-delimited; fixed ones are skipped; groups are refused.</remarks>
public ref struct ProtoReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;
    private int _wireType;

    /// <summary>Moves to the next field; false at the end.</summary>
    /// <exception cref="ProtocolViolationException">The tag is malformed.</exception>
    public bool Next(out int field)
    {
        field = 0;
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong tag = ReadRawVarint();
        _wireType = (int)(tag & 7);
        if (tag >> 3 is 0 or > 536_870_911)
        {
            throw new ProtocolViolationException("protobuf: field number out of range");
        }

        field = (int)(tag >> 3);
        return true;
    }

    /// <summary>Value of the current field, a varint.</summary>
    public ulong ReadVarint()
    {
        Require(0);
        return ReadRawVarint();
    }

    /// <summary>Value of the current field, a boolean.</summary>
    public bool ReadBool() => ReadVarint() != 0;

    /// <summary>Value of the current field, bytes; a slice of the source.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        Require(2);
        return ReadRawBytes();
    }

    /// <summary>Value of the current field, UTF-8 text of at most <paramref name="maxBytes"/>.</summary>
    public string ReadString(int maxBytes)
    {
        ReadOnlySpan<byte> bytes = ReadBytes();
        if (bytes.Length > maxBytes)
        {
            throw new ProtocolViolationException($"protobuf: text of {bytes.Length} bytes, at most {maxBytes} are accepted");
        }

        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Skips the current field.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                ReadRawVarint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                ReadRawBytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new ProtocolViolationException($"protobuf: wire type {_wireType} is not supported");
        }
    }

    private void Require(int wireType)
    {
        if (_wireType != wireType)
        {
            throw new ProtocolViolationException($"protobuf: wire type {_wireType} where {wireType} is expected");
        }
    }

    private ulong ReadRawVarint()
    {
        // Protobuf permits over-long varints, and some encoders pad: read leniently within ten bytes.
        ulong value = 0;
        for (int i = 0; i < Varint.MaxLength && i < _rest.Length; i++)
        {
            byte b = _rest[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if ((b & 0x80) == 0)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw new ProtocolViolationException("protobuf: malformed varint");
    }

    private ReadOnlySpan<byte> ReadRawBytes()
    {
        ulong length = ReadRawVarint();
        if (length > (ulong)_rest.Length)
        {
            throw new ProtocolViolationException("protobuf: a field is longer than its message");
        }

        return Take((int)length);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new ProtocolViolationException("protobuf: a field is longer than its message");
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
