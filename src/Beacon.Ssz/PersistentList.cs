using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Beacon.Ssz;

/// <summary>A mutable list or vector that shares its unchanged parts, and their hash tree roots, with its clones.</summary>
/// <remarks>
/// The elements lie in leaves of 32 chunks under branches of 16 nodes. <see cref="Clone"/> copies nothing: both lists give up ownership of
/// the nodes, and whoever writes first copies the path to the element. Each node keeps its subtree's root, so hashing after a change costs the
/// changed leaves and the paths above them. Reads are O(log16 n); in order use <see cref="Leaves"/> or <c>foreach</c>.
/// Thread safety: like <see cref="List{T}"/>, except that lists that share nodes may be used from different threads at once.
/// </remarks>
/// <typeparam name="T">Element type; immutable.</typeparam>
public sealed partial class PersistentList<T> : IReadOnlyList<T>, IEquatable<PersistentList<T>>
    where T : ISszSerializable<T>
{
    private Node? _top;
    private int _height;
    private object _owner = new();
    private Root _root;
    private bool _hasRoot;

    private PersistentList(ulong limit, bool isVector)
    {
        Limit = limit;
        IsVector = isVector;
    }

    /// <summary>Greatest number of elements; of a vector, their number.</summary>
    public ulong Limit { get; }

    /// <summary>Whether the length is fixed (and no part of the hash tree root).</summary>
    public bool IsVector { get; }

    /// <summary>Number of elements.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the encoding.</summary>
    public int SszSize
    {
        get
        {
            if (T.FixedSize != 0)
            {
                return checked(Count * T.FixedSize);
            }

            int size = Count * SszCodec.OffsetSize;
            foreach (ReadOnlyMemory<T> leaf in Leaves())
            {
                foreach (T item in leaf.Span)
                {
                    size = checked(size + item.SszSize);
                }
            }

            return size;
        }
    }

    /// <summary>An element. Setting an equal value changes nothing, so that caches stay valid.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such element.</exception>
    public T this[int index]
    {
        get
        {
            CheckIndex((uint)index);
            Node node = _top!;
            for (int height = _height; height > 0; height--)
            {
                node = Unsafe.As<Branch>(node).Children[(index >> Shift(height)) & FanoutMask]!;
            }

            return Unsafe.As<Leaf>(node).Items[index & LeafMask];
        }

        set
        {
            if (!EqualityComparer<T>.Default.Equals(this[index], value))
            {
                OwnedLeaf(index).Items[index & LeafMask] = value;
            }
        }
    }

    /// <inheritdoc cref="this[int]"/>
    public T this[ulong index]
    {
        get => this[checked((int)index)];
        set => this[checked((int)index)] = value;
    }

    /// <summary>An empty list.</summary>
    /// <param name="limit">Greatest number of elements.</param>
    public static PersistentList<T> CreateList(ulong limit) => new(limit, isVector: false);

    /// <summary>A vector of default values.</summary>
    /// <param name="length">Number of elements.</param>
    public static PersistentList<T> CreateVector(ulong length)
    {
        PersistentList<T> vector = new(length, isVector: true);
        T value = T.CreateDefault();
        T[] items = new T[LeafItems];
        Array.Fill(items, value);
        Leaf full = new(null) { Items = items, Count = LeafItems };
        vector.Build(checked((int)length), (_, count) => count == LeafItems ? full : NewLeaf(items.AsSpan(0, count)));
        return vector;
    }

    /// <summary>A list of the given elements.</summary>
    /// <exception cref="ArgumentException">More than <paramref name="limit"/>.</exception>
    public static PersistentList<T> ListOf(ulong limit, ReadOnlySpan<T> items)
    {
        PersistentList<T> list = CreateList(limit);
        list.Replace(items);
        return list;
    }

    /// <summary>A vector of the given elements.</summary>
    public static PersistentList<T> VectorOf(ReadOnlySpan<T> items)
    {
        PersistentList<T> vector = new((ulong)items.Length, isVector: true);
        vector.Build(items.ToArray());
        return vector;
    }

    /// <summary>A list or vector of the same kind and limit, empty or of default values.</summary>
    public PersistentList<T> CreateEmpty() => IsVector ? CreateVector(Limit) : CreateList(Limit);

    /// <summary>Appends an element.</summary>
    /// <exception cref="InvalidOperationException">The list is full, or a vector.</exception>
    public void Add(T item)
    {
        if (IsVector || (ulong)Count >= Limit)
        {
            throw new InvalidOperationException(IsVector ? "A vector has a fixed length." : $"The list is full: {Limit} elements.");
        }

        int index = Count;
        if (_top is null)
        {
            _top = new Leaf(_owner);
        }
        else if (index >> Shift(_height + 1) != 0)
        {
            Branch top = new(_owner);
            top.Children[0] = _top;
            _top = top;
            _height++;
        }

        Count = checked(index + 1);
        Leaf leaf = OwnedLeaf(index);
        leaf.Items[index & LeafMask] = item;
        leaf.Count = (index & LeafMask) + 1;
    }

    /// <summary>Removes all elements.</summary>
    /// <exception cref="InvalidOperationException">A vector.</exception>
    public void Clear()
    {
        if (IsVector)
        {
            throw new InvalidOperationException("A vector has a fixed length.");
        }

        _top = null;
        _height = 0;
        Count = 0;
        _hasRoot = false;
    }

    /// <summary>Replaces all elements. Leaves in which nothing changes stay shared and hashed.</summary>
    /// <exception cref="ArgumentException">Another length than the vector's, or above the limit.</exception>
    public void Replace(ReadOnlySpan<T> items)
    {
        if (IsVector ? (ulong)items.Length != Limit : (ulong)items.Length > Limit)
        {
            throw new ArgumentException($"{items.Length} elements do not fit a {(IsVector ? "vector" : "list")} of {Limit}.", nameof(items));
        }

        if (items.Length != Count)
        {
            Build(items.ToArray());
            return;
        }

        for (int start = 0; start < items.Length; start += LeafItems)
        {
            ReadOnlySpan<T> part = items.Slice(start, Math.Min(LeafItems, items.Length - start));
            if (!part.SequenceEqual(LeafAt(start).Items.AsSpan(0, part.Length), EqualityComparer<T>.Default))
            {
                part.CopyTo(OwnedLeaf(start).Items);
            }
        }
    }

    /// <summary>A list with the same elements. Costs nothing until one of the two is written to.</summary>
    public PersistentList<T> Clone()
    {
        bool hasRoot = Volatile.Read(ref _hasRoot);
        PersistentList<T> clone = new(Limit, IsVector)
        {
            _top = _top,
            _height = _height,
            Count = Count,
            _root = _root,
            _hasRoot = hasRoot,
        };
        _owner = new object();
        return clone;
    }

    /// <summary>Copies all elements to the beginning of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<T> destination)
    {
        foreach (ReadOnlyMemory<T> leaf in Leaves())
        {
            leaf.Span.CopyTo(destination);
            destination = destination[leaf.Length..];
        }
    }

    /// <summary>The elements as a new array.</summary>
    public T[] ToArray()
    {
        T[] items = new T[Count];
        CopyTo(items);
        return items;
    }

    /// <summary>The elements in order, in runs as they lie in memory: the fastest way to look at all.</summary>
    public IEnumerable<ReadOnlyMemory<T>> Leaves()
    {
        for (int start = 0; start < Count; start += LeafItems)
        {
            yield return LeafAt(start).Items.AsMemory(0, Math.Min(LeafItems, Count - start));
        }
    }

    /// <summary>Enumerates the elements without allocation.</summary>
    public Enumerator GetEnumerator() => new(this);

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Reads the encoding of a list.</summary>
    /// <exception cref="SszException">Malformed, or more elements than the limit.</exception>
    public static PersistentList<T> DeserializeList(ReadOnlySpan<byte> data, ulong limit)
    {
        PersistentList<T> list = CreateList(limit);
        list.Build(SszCodec.ReadItems<T>(data, SszCodec.CountOf<T>(data, limit)));
        return list;
    }

    /// <summary>Reads the encoding of a vector.</summary>
    /// <exception cref="SszException">Malformed, or another number of elements.</exception>
    public static PersistentList<T> DeserializeVector(ReadOnlySpan<byte> data, ulong length)
    {
        int count = SszCodec.CountOf<T>(data, length);
        if ((ulong)count != length)
        {
            throw new SszException($"A vector has {count} elements where {length} are wanted.");
        }

        PersistentList<T> vector = new(length, isVector: true);
        vector.Build(SszCodec.ReadItems<T>(data, count));
        return vector;
    }

    /// <summary>Writes the encoding; <paramref name="destination"/> has <see cref="SszSize"/> bytes.</summary>
    public void Serialize(Span<byte> destination)
    {
        if (T.FixedSize == 0)
        {
            SszCodec.Write<T>(ToArray(), destination);
            return;
        }

        foreach (ReadOnlyMemory<T> leaf in Leaves())
        {
            int size = leaf.Length * T.FixedSize;
            SszCodec.Write(leaf.Span, destination[..size]);
            destination = destination[size..];
        }
    }

    /// <summary>Writes a JSON array.</summary>
    public void WriteJson(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (T item in this)
        {
            item.WriteJson(writer);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads a list from a JSON array.</summary>
    /// <exception cref="JsonException">No array, too many items, or an item of the wrong form.</exception>
    public static PersistentList<T> ReadJsonList(ref Utf8JsonReader reader, ulong limit) =>
        ListOf(limit, SszJson.ReadArray<T>(ref reader, limit).AsSpan());

    /// <summary>Reads a vector from a JSON array.</summary>
    /// <exception cref="JsonException">No array, another length, or an item of the wrong form.</exception>
    public static PersistentList<T> ReadJsonVector(ref Utf8JsonReader reader, ulong length) =>
        VectorOf(SszJson.ReadVector<T>(ref reader, length).AsSpan());

    /// <summary>Hash tree root. Only what changed since the last call, here or in a clone's common past, is hashed.</summary>
    public Root HashTreeRoot()
    {
        if (!Volatile.Read(ref _hasRoot))
        {
            int limitDepth = Merkle.DepthOf(SszCodec.ChunkLimit<T>(Limit));
            Root root = _top is null ? Merkle.ZeroHash(limitDepth) : TopRoot(_top, _height, limitDepth);
            _root = IsVector ? root : Merkle.MixInLength(root, (ulong)Count);
            Volatile.Write(ref _hasRoot, true);
        }

        return _root;
    }

    /// <summary>Whether both hold equal elements in the same order; shared parts are not looked at.</summary>
    public bool Equals(PersistentList<T>? other)
    {
        if (other is null || other.Count != Count || other.Limit != Limit || other.IsVector != IsVector)
        {
            return false;
        }

        for (int start = 0; start < Count; start += LeafItems)
        {
            Leaf mine = LeafAt(start);
            Leaf theirs = other.LeafAt(start);
            int count = Math.Min(LeafItems, Count - start);
            if (!ReferenceEquals(mine, theirs)
                && !mine.Items.AsSpan(0, count).SequenceEqual(theirs.Items.AsSpan(0, count), EqualityComparer<T>.Default))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PersistentList<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashTreeRoot().GetHashCode();

    /// <summary>How many leaves and branches there are, and how many of them are also part of <paramref name="other"/>. For tests and metrics of memory.</summary>
    public (int Nodes, int Shared) CountShared(PersistentList<T> other)
    {
        HashSet<object> theirs = new(ReferenceEqualityComparer.Instance);
        Visit(other._top, node => theirs.Add(node));
        HashSet<object> mine = new(ReferenceEqualityComparer.Instance);
        Visit(_top, node => mine.Add(node));
        int nodes = mine.Count;
        mine.IntersectWith(theirs);
        return (nodes, mine.Count);
    }
}
