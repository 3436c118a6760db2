using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Beacon.Ssz;

/// <content>The tree: nodes, ownership and hashing.</content>
public sealed partial class PersistentList<T>
{
    /// <summary>Depth of the merkle tree of a leaf: 32 chunks.</summary>
    private const int LeafDepth = 5;

    private const int LeafChunks = 1 << LeafDepth;

    /// <summary>Depth of the merkle tree over a branch's nodes: 16.</summary>
    private const int FanoutBits = 4;

    private const int Fanout = 1 << FanoutBits;

    private const int FanoutMask = Fanout - 1;

    private static readonly int LeafItems = LeafChunks * (T.IsBasic ? Root.Size / T.FixedSize : 1);

    private static readonly int LeafBits = BitOperations.Log2((uint)LeafItems);

    private static readonly int LeafMask = LeafItems - 1;

    /// <summary>Where the bits of an index begin that choose the child of a branch of the given height.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Shift(int height) => LeafBits + ((height - 1) * FanoutBits);

    private static Leaf NewLeaf(ReadOnlySpan<T> items)
    {
        Leaf leaf = new(null) { Count = items.Length };
        items.CopyTo(leaf.Items);
        return leaf;
    }

    private static void Visit(Node? node, Action<Node> action)
    {
        if (node is null)
        {
            return;
        }

        action(node);
        if (node is Branch branch)
        {
            foreach (Node? child in branch.Children)
            {
                Visit(child, action);
            }
        }
    }

    private void CheckIndex(uint index)
    {
        if (index >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), $"Element {index} of {Count}.");
        }
    }

    private Leaf LeafAt(int index)
    {
        Node node = _top!;
        for (int height = _height; height > 0; height--)
        {
            node = Unsafe.As<Branch>(node).Children[(index >> Shift(height)) & FanoutMask]!;
        }

        return Unsafe.As<Leaf>(node);
    }

    /// <summary>The leaf of an element, made writable: it and the branches above it are this list's own and have lost their roots.</summary>
    private Leaf OwnedLeaf(int index)
    {
        _hasRoot = false;
        ref Node? slot = ref _top;
        for (int height = _height; height > 0; height--)
        {
            Branch branch = Unsafe.As<Branch>(Own(ref slot, height));
            slot = ref branch.Children[(index >> Shift(height)) & FanoutMask];
        }

        return Unsafe.As<Leaf>(Own(ref slot, 0));
    }

    private Node Own(ref Node? slot, int height)
    {
        Node? node = slot;
        if (node is null)
        {
            node = height == 0 ? new Leaf(_owner) : new Branch(_owner);
            slot = node;
        }
        else if (!ReferenceEquals(node.Owner, _owner))
        {
            node = node.Copy(_owner);
            slot = node;
        }

        node.HasRoot = false;
        return node;
    }

    /// <summary>Builds the tree over elements that are not kept: leaves copy them.</summary>
    private void Build(T[] items) => Build(items.Length, (start, count) => NewLeaf(items.AsSpan(start, count)));

    private void Build(int count, Func<int, int, Leaf> makeLeaf)
    {
        _hasRoot = false;
        Count = count;
        _height = 0;
        if (count == 0)
        {
            _top = null;
            return;
        }

        while ((long)(count - 1) >> Shift(_height + 1) != 0)
        {
            _height++;
        }

        _top = BuildNode(_height, 0, count, makeLeaf);
    }

    private static Node BuildNode(int height, int start, int count, Func<int, int, Leaf> makeLeaf)
    {
        if (height == 0)
        {
            return makeLeaf(start, count);
        }

        Branch branch = new(null);
        int childItems = 1 << Shift(height);
        for (int i = 0; i * (long)childItems < count; i++)
        {
            int offset = i * childItems;
            branch.Children[i] = BuildNode(height - 1, start + offset, Math.Min(childItems, count - offset), makeLeaf);
        }

        return branch;
    }

    private static int DepthOfHeight(int height) => LeafDepth + (height * FanoutBits);

    /// <summary>Root of the whole tree at the depth of the limit, which may be less than that of the topmost node.</summary>
    private static Root TopRoot(Node top, int height, int limitDepth)
    {
        int depth = DepthOfHeight(height);
        if (limitDepth >= depth)
        {
            return Merkle.Extend(NodeRoot(top, height), depth, limitDepth);
        }

        if (top is Leaf leaf)
        {
            using RentedBytes chunks = new(SszCodec.ChunksFor<T>(leaf.Count) * Root.Size);
            SszCodec.WriteChunks<T>(leaf.Items.AsSpan(0, leaf.Count), chunks.Span);
            return Merkle.Merkleize(chunks.Span, limitDepth);
        }

        Branch branch = Unsafe.As<Branch>(top);
        HashChildren(branch, height);
        using RentedBytes roots = new(Fanout * Root.Size);
        int childDepth = DepthOfHeight(height - 1);
        branch.WriteRoots(roots.Span, Merkle.ZeroHash(childDepth));
        return Merkle.Merkleize(roots.Span[..(Root.Size << (limitDepth - childDepth))], limitDepth - childDepth, childDepth);
    }

    private static Root NodeRoot(Node node, int height)
    {
        if (!Volatile.Read(ref node.HasRoot))
        {
            if (height > 0)
            {
                HashChildren(Unsafe.As<Branch>(node), height);
            }

            HashNodes([node], height);
        }

        return node.Root;
    }

    /// <summary>Sees to it that all children of a branch have roots, with as many as possible hashed side by side.</summary>
    private static void HashChildren(Branch branch, int height)
    {
        Node[] stale = new Node[Fanout];
        int count = 0;
        foreach (Node? child in branch.Children)
        {
            if (child is not null && !Volatile.Read(ref child.HasRoot))
            {
                stale[count++] = child;
                if (height > 1)
                {
                    HashChildren(Unsafe.As<Branch>(child), height - 1);
                }
            }
        }

        HashNodes(stale.AsSpan(0, count), height - 1);
    }

    /// <summary>Computes the roots of nodes of one height whose children have theirs.</summary>
    private static void HashNodes(ReadOnlySpan<Node> nodes, int height)
    {
        if (nodes.IsEmpty)
        {
            return;
        }

        int width = height == 0 ? LeafChunks : Fanout;
        using RentedBytes buffer = new(nodes.Length * width * Root.Size);
        Span<byte> chunks = buffer.Span;
        Root zero = Merkle.ZeroHash(height == 0 ? 0 : DepthOfHeight(height - 1));
        for (int i = 0; i < nodes.Length; i++)
        {
            Span<byte> part = chunks.Slice(i * width * Root.Size, width * Root.Size);
            if (nodes[i] is Leaf leaf)
            {
                int used = SszCodec.ChunksFor<T>(leaf.Count) * Root.Size;
                SszCodec.WriteChunks<T>(leaf.Items.AsSpan(0, leaf.Count), part[..used]);
                part[used..].Clear();
            }
            else
            {
                Unsafe.As<Branch>(nodes[i]).WriteRoots(part, zero);
            }
        }

        for (int size = chunks.Length / 2; size >= nodes.Length * Root.Size; size /= 2)
        {
            Hasher.HashBlocks(chunks[..(size * 2)], chunks);
        }

        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i].Root = new Root(chunks.Slice(i * Root.Size, Root.Size));
            Volatile.Write(ref nodes[i].HasRoot, true);
        }
    }

    /// <summary>A subtree. A list may write to it while <see cref="Owner"/> is the list's current token.</summary>
    private abstract class Node(object? owner)
    {
        public readonly object? Owner = owner;

        /// <summary>Valid once <see cref="HasRoot"/> is set; threads that race to set it write the same bytes.</summary>
        public Root Root;

        public bool HasRoot;

        public abstract Node Copy(object owner);
    }

    private sealed class Leaf(object? owner) : Node(owner)
    {
        public T[] Items = new T[LeafItems];
        public int Count;

        public override Leaf Copy(object owner)
        {
            Leaf copy = new(owner) { Count = Count };
            Items.AsSpan(0, Count).CopyTo(copy.Items);
            return copy;
        }
    }

    private sealed class Branch(object? owner) : Node(owner)
    {
        public readonly Node?[] Children = new Node?[Fanout];

        public override Branch Copy(object owner)
        {
            Branch copy = new(owner);
            Children.CopyTo(copy.Children, 0);
            return copy;
        }

        public void WriteRoots(Span<byte> destination, Root zero)
        {
            for (int i = 0; i < Fanout; i++)
            {
                (Children[i] is { } child ? child.Root : zero).CopyTo(destination[(i * Ssz.Root.Size)..]);
            }
        }
    }

    /// <summary>Walks the elements leaf by leaf.</summary>
    public struct Enumerator : IEnumerator<T>
    {
        private readonly PersistentList<T> _list;
        private T[] _items;
        private int _index;

        internal Enumerator(PersistentList<T> list)
        {
            _list = list;
            _items = [];
            _index = -1;
        }

        /// <inheritdoc/>
        public readonly T Current => _items[_index & LeafMask];

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext()
        {
            if (++_index >= _list.Count)
            {
                return false;
            }

            if ((_index & LeafMask) == 0)
            {
                _items = _list.LeafAt(_index).Items;
            }

            return true;
        }

        /// <inheritdoc/>
        public void Reset() => _index = -1;

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
