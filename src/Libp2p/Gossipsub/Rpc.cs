using System.Buffers;
using Libp2p.Multiformats;
using Libp2p.Protobuf;

namespace Libp2p.Gossipsub;

/// <summary>One decoded RPC of a peer.</summary>
internal sealed class Rpc
{
    private const int MaxTopic = 256;
    private const int MaxIdLength = 64;

    public List<(bool Subscribe, string Topic)> Subscriptions { get; } = [];

    public List<RpcMessage> Messages { get; } = [];

    public List<(string Topic, List<MessageId> Ids)> IHave { get; } = [];

    public List<MessageId> IWant { get; } = [];

    public List<string> Graft { get; } = [];

    public List<(string Topic, ulong BackoffSeconds)> Prune { get; } = [];

    /// <summary>Decodes an RPC within the bounds of <paramref name="options"/>.</summary>
    /// <exception cref="ProtocolViolationException">Malformed, or over a bound.</exception>
    public static Rpc Decode(ReadOnlyMemory<byte> source, GossipsubOptions options)
    {
        var rpc = new Rpc();
        int idsLeft = options.MaxIHaveIds * 2;
        var reader = new ProtoReader(source.Span);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    rpc.Subscriptions.Add(ReadSubscription(reader.ReadBytes()));
                    Bound(rpc.Subscriptions.Count, options.MaxTopicsPerPeer * 2, "subscriptions");
                    break;
                case 2:
                    rpc.Messages.Add(ReadMessage(reader.ReadBytes(), options));
                    Bound(rpc.Messages.Count, options.MaxMessagesPerRpc, "messages");
                    break;
                case 3:
                    rpc.ReadControl(reader.ReadBytes(), options, ref idsLeft);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return rpc;
    }

    private static void Bound(int count, int most, string what)
    {
        if (count > most)
        {
            throw new ProtocolViolationException($"gossipsub: more than {most} {what} in one RPC");
        }
    }

    private static (bool, string) ReadSubscription(ReadOnlySpan<byte> source)
    {
        bool subscribe = false;
        string topic = "";
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    subscribe = reader.ReadBool();
                    break;
                case 2:
                    topic = reader.ReadString(MaxTopic);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (subscribe, topic);
    }

    private static RpcMessage ReadMessage(ReadOnlySpan<byte> source, GossipsubOptions options)
    {
        ReadOnlySpan<byte> data = default;
        string topic = "";
        bool signed = false;
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 2:
                    data = reader.ReadBytes();
                    break;
                case 4:
                    topic = reader.ReadString(MaxTopic);
                    break;
                case 1 or 3 or 5 or 6:
                    // StrictNoSign: author, sequence number, signature and key must be absent.
                    signed |= !reader.ReadBytes().IsEmpty;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (data.Length > options.MaxMessageBytes)
        {
            throw new ProtocolViolationException($"gossipsub: a message of {data.Length} bytes, at most {options.MaxMessageBytes} are accepted");
        }

        return new RpcMessage(topic, data.ToArray(), signed);
    }

    private void ReadControl(ReadOnlySpan<byte> source, GossipsubOptions options, ref int idsLeft)
    {
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    var ids = new List<MessageId>();
                    string topic = ReadTopicAndIds(reader.ReadBytes(), topicField: 1, idField: 2, ids, ref idsLeft);
                    IHave.Add((topic, ids));
                    Bound(IHave.Count, options.MaxControlPerRpc, "IHAVEs");
                    break;
                case 2:
                    ReadTopicAndIds(reader.ReadBytes(), topicField: 0, idField: 1, IWant, ref idsLeft);
                    break;
                case 3:
                    Graft.Add(ReadTopicAndIds(reader.ReadBytes(), topicField: 1, idField: 0, null, ref idsLeft));
                    Bound(Graft.Count, options.MaxControlPerRpc, "GRAFTs");
                    break;
                case 4:
                    Prune.Add(ReadPrune(reader.ReadBytes()));
                    Bound(Prune.Count, options.MaxControlPerRpc, "PRUNEs");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static string ReadTopicAndIds(ReadOnlySpan<byte> source, int topicField, int idField, List<MessageId>? ids, ref int idsLeft)
    {
        string topic = "";
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            if (field == topicField)
            {
                topic = reader.ReadString(MaxTopic);
            }
            else if (field == idField && ids is not null)
            {
                ReadOnlySpan<byte> id = reader.ReadBytes();
                if (id.Length > MaxIdLength || --idsLeft < 0)
                {
                    throw new ProtocolViolationException("gossipsub: too many or too long message IDs in one RPC");
                }

                ids.Add(new MessageId(id.ToArray()));
            }
            else
            {
                reader.Skip();
            }
        }

        return topic;
    }

    private static (string, ulong) ReadPrune(ReadOnlySpan<byte> source)
    {
        string topic = "";
        ulong backoff = 0;
        var reader = new ProtoReader(source);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    topic = reader.ReadString(MaxTopic);
                    break;
                case 3:
                    backoff = reader.ReadVarint();
                    break;
                default:
                    // Peer exchange is not used.
                    reader.Skip();
                    break;
            }
        }

        return (topic, backoff);
    }
}

/// <summary>A published message of an RPC.</summary>
internal readonly record struct RpcMessage(string Topic, byte[] Data, bool Signed);

/// <summary>Builds RPCs, each with its length before it.</summary>
internal static class RpcWriter
{
    public static byte[] Subscriptions(IEnumerable<(bool Subscribe, string Topic)> changes) => Frame(rpc =>
    {
        foreach ((bool subscribe, string topic) in changes)
        {
            var entry = new ArrayBufferWriter<byte>();
            var writer = new ProtoWriter(entry);
            writer.WriteBool(1, subscribe);
            writer.WriteString(2, topic);
            new ProtoWriter(rpc).WriteBytes(1, entry.WrittenSpan);
        }
    });

    public static byte[] Message(string topic, ReadOnlySpan<byte> data)
    {
        var message = new ArrayBufferWriter<byte>(data.Length + 128);
        var writer = new ProtoWriter(message);
        writer.WriteBytes(2, data);
        writer.WriteString(4, topic);
        var rpc = new ArrayBufferWriter<byte>(message.WrittenCount + 16);
        new ProtoWriter(rpc).WriteBytes(2, message.WrittenSpan);
        return Framed(rpc);
    }

    public static byte[] IHave(IEnumerable<(string Topic, IReadOnlyList<MessageId> Ids)> entries) => Control(control =>
    {
        foreach ((string topic, IReadOnlyList<MessageId> ids) in entries)
        {
            var entry = new ArrayBufferWriter<byte>();
            var writer = new ProtoWriter(entry);
            writer.WriteString(1, topic);
            foreach (MessageId id in ids)
            {
                writer.WriteBytes(2, id.Bytes);
            }

            new ProtoWriter(control).WriteBytes(1, entry.WrittenSpan);
        }
    });

    public static byte[] IWant(IReadOnlyList<MessageId> ids) => Control(control =>
    {
        var entry = new ArrayBufferWriter<byte>();
        foreach (MessageId id in ids)
        {
            new ProtoWriter(entry).WriteBytes(1, id.Bytes);
        }

        new ProtoWriter(control).WriteBytes(2, entry.WrittenSpan);
    });

    public static byte[] MeshChanges(IEnumerable<string> graft, IEnumerable<(string Topic, TimeSpan Backoff)> prune) => Control(control =>
    {
        foreach (string topic in graft)
        {
            var entry = new ArrayBufferWriter<byte>();
            new ProtoWriter(entry).WriteString(1, topic);
            new ProtoWriter(control).WriteBytes(3, entry.WrittenSpan);
        }

        foreach ((string topic, TimeSpan backoff) in prune)
        {
            var entry = new ArrayBufferWriter<byte>();
            var writer = new ProtoWriter(entry);
            writer.WriteString(1, topic);
            writer.WriteVarint(3, (ulong)Math.Ceiling(backoff.TotalSeconds));
            new ProtoWriter(control).WriteBytes(4, entry.WrittenSpan);
        }
    });

    private static byte[] Control(Action<ArrayBufferWriter<byte>> write) => Frame(rpc =>
    {
        var control = new ArrayBufferWriter<byte>();
        write(control);
        new ProtoWriter(rpc).WriteBytes(3, control.WrittenSpan);
    });

    private static byte[] Frame(Action<ArrayBufferWriter<byte>> write)
    {
        var rpc = new ArrayBufferWriter<byte>();
        write(rpc);
        return Framed(rpc);
    }

    private static byte[] Framed(ArrayBufferWriter<byte> rpc)
    {
        int prefix = Varint.Length((ulong)rpc.WrittenCount);
        byte[] frame = new byte[prefix + rpc.WrittenCount];
        Varint.Write(frame, (ulong)rpc.WrittenCount);
        rpc.WrittenSpan.CopyTo(frame.AsSpan(prefix));
        return frame;
    }
}
