using System.Buffers.Binary;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>The deposit contract's tree, grown leaf by leaf: root and proof of the newest deposit at 32 hashes each.</summary>
public sealed class DepositTree
{
    private const int Depth = (int)PresetLimits.DepositContractTreeDepth;

    // The newest complete subtree of each height that is a left sibling on the path of the next leaf.
    private readonly Root[] _left = new Root[Depth];

    /// <summary>Number of deposits.</summary>
    public ulong Count { get; private set; }

    /// <summary>Appends a deposit and proves it against the tree that ends with it.</summary>
    /// <param name="data">The deposit.</param>
    /// <returns>The proof: 32 siblings from the leaf upwards and the number of deposits.</returns>
    public Deposit Append(DepositData data)
    {
        ulong index = Count++;
        Root node = data.HashTreeRoot();
        Root[] proof = new Root[Depth + 1];
        bool complete = true;
        for (int height = 0; height < Depth; height++)
        {
            bool isRight = ((index >> height) & 1) != 0;
            if (isRight)
            {
                proof[height] = _left[height];
                node = Hasher.Combine(_left[height], node);
            }
            else
            {
                // Only while all below is complete is this node final, and the left sibling of leaves to come.
                if (complete)
                {
                    _left[height] = node;
                    complete = false;
                }

                proof[height] = Merkle.ZeroHash(height);
                node = Hasher.Combine(node, Merkle.ZeroHash(height));
            }
        }

        proof[Depth] = LengthChunk(Count);
        Root = Hasher.Combine(node, proof[Depth]);
        return new Deposit { Proof = [.. proof], Data = data };
    }

    /// <summary>Hash tree root of the list of deposits, as <c>eth1_data.deposit_root</c> has it.</summary>
    public Root Root { get; private set; } = Merkle.MixInLength(Merkle.ZeroHash(Depth), 0);

    private static Root LengthChunk(ulong count)
    {
        Span<byte> chunk = stackalloc byte[Root.Size];
        chunk.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(chunk, count);
        return new Root(chunk);
    }
}
