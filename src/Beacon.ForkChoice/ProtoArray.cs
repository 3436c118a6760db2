using System.Runtime.InteropServices;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ForkChoice;

/// <summary>The block tree as an array in which every parent comes before its children.</summary>
/// <remarks>
/// Weights are kept up to date by deltas: a vote that moves adds to one node and subtracts from another, and one pass from the
/// array's end to its start adds every node's delta to its parent. The same pass decides which subtrees hold a viable leaf and
/// which child is best, exactly as the specification's <c>filter_block_tree</c> and <c>get_head</c> do. PERF: O(nodes) per head.
/// </remarks>
internal sealed class ProtoArray
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<Root, int> _indices = [];

    public int Count => _nodes.Count;

    public bool Contains(Root root) => _indices.ContainsKey(root);

    public int IndexOf(Root root) => _indices.TryGetValue(root, out int index) ? index : -1;

    public ForkChoiceBlock Block(int index) => _nodes[index].Block;

    public int ParentOf(int index) => _nodes[index].Parent;

    public long WeightOf(int index) => _nodes[index].Weight;

    public IEnumerable<ForkChoiceBlock> Blocks => _nodes.Select(node => node.Block);

    public void Add(ForkChoiceBlock block)
    {
        int parent = IndexOf(block.ParentRoot);
        _indices.Add(block.Root, _nodes.Count);
        _nodes.Add(new Node { Block = block, Parent = parent, BestChild = -1 });
    }

    /// <summary>The ancestor of a node at or before a slot (spec: get_ancestor), or −1 when it was pruned.</summary>
    public int Ancestor(int index, Slot slot)
    {
        while (index >= 0 && _nodes[index].Block.Slot.Value > slot.Value)
        {
            index = _nodes[index].Parent;
        }

        return index;
    }

    /// <summary>Applies weight changes, then marks viable subtrees and best children.</summary>
    /// <param name="deltas">One number per node; consumed.</param>
    /// <param name="justified">Where the head is sought from.</param>
    /// <param name="isViableLeaf">The spec's test of a leaf's checkpoints, without the finalized ancestry.</param>
    /// <param name="finalized">Index of the finalized block.</param>
    /// <param name="finalizedSlot">Start slot of the finalized epoch.</param>
    /// <param name="anyFinalized">False while the finalized epoch is genesis: then every block counts as descending from it.</param>
    /// <returns>Index of the head.</returns>
    public int FindHead(long[] deltas, int justified, Func<ForkChoiceBlock, bool> isViableLeaf, int finalized, Slot finalizedSlot, bool anyFinalized)
    {
        Span<Node> nodes = CollectionsMarshal.AsSpan(_nodes);
        for (int i = 0; i < nodes.Length; i++)
        {
            ref Node node = ref nodes[i];
            node.BestChild = -1;
            node.HasChild = false;
            node.HasViableLeaf = false;
            node.Finalized = !anyFinalized || i == finalized
                || (node.Parent >= 0 && nodes[node.Parent].Finalized && (node.Parent != finalized || node.Block.Slot.Value > finalizedSlot.Value));
        }

        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            ref Node node = ref nodes[i];
            node.Weight = checked(node.Weight + deltas[i]);
            node.HasViableLeaf = node.HasChild ? node.HasViableLeaf : node.Finalized && isViableLeaf(node.Block);
            if (node.Parent < 0)
            {
                continue;
            }

            deltas[node.Parent] += deltas[i];
            ref Node parent = ref nodes[node.Parent];
            parent.HasChild = true;
            if (node.HasViableLeaf)
            {
                parent.HasViableLeaf = true;
                if (parent.BestChild < 0 || IsBetter(node, nodes[parent.BestChild]))
                {
                    parent.BestChild = i;
                }
            }
        }

        int head = justified;
        while (nodes[head].BestChild >= 0)
        {
            head = nodes[head].BestChild;
        }

        return head;
    }

    /// <summary>Drops every block that does not descend from <paramref name="root"/>.</summary>
    /// <returns>The dropped blocks in the order of the array.</returns>
    public List<ForkChoiceBlock> Prune(Root root)
    {
        int keep = _indices[root];
        var mapping = new int[_nodes.Count];
        var dropped = new List<ForkChoiceBlock>();
        int next = 0;
        for (int i = 0; i < _nodes.Count; i++)
        {
            Node node = _nodes[i];
            bool kept = i == keep || (i > keep && node.Parent >= 0 && mapping[node.Parent] >= 0);
            if (!kept)
            {
                mapping[i] = -1;
                dropped.Add(node.Block);
                _indices.Remove(node.Block.Root);
                continue;
            }

            mapping[i] = next;
            node.Parent = i == keep ? -1 : mapping[node.Parent];
            _indices[node.Block.Root] = next;
            _nodes[next++] = node;
        }

        _nodes.RemoveRange(next, _nodes.Count - next);
        return dropped;
    }

    private static bool IsBetter(in Node left, in Node right) =>
        left.Weight > right.Weight || (left.Weight == right.Weight && left.Block.Root.CompareTo(right.Block.Root) >= 0);

    private struct Node
    {
        public ForkChoiceBlock Block;
        public int Parent;
        public int BestChild;
        public long Weight;
        public bool HasChild;
        public bool HasViableLeaf;
        public bool Finalized;
    }
}
