using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>What sets an iteration apart from every other chain: the Testnet it belongs to and its number.</summary>
/// <remarks>
/// SHA-256 of the UID's UTF-8 bytes followed by the iteration as 8 bytes, little-endian, is the eth1 block hash of genesis; with a zero first byte
/// (a BLS withdrawal credential whose key nobody has) it is the withdrawal credential of validator 0. The genesis validators root covers only the
/// validators, so without it two iterations with the same keys would share a slashing-protection scope and a fork digest.
/// </remarks>
/// <param name="Uid">UID of the Testnet object, or any other text that is unique to the network.</param>
/// <param name="Iteration">Number of the iteration, from 1.</param>
public sealed record GenesisIdentity(string Uid, int Iteration)
{
    /// <summary>The eth1 block hash of genesis.</summary>
    public Root Eth1BlockHash => new(Hash());

    /// <summary>Withdrawal credential of validator 0.</summary>
    public Root FirstWithdrawalCredentials
    {
        get
        {
            byte[] hash = Hash();
            hash[0] = PresetLimits.BlsWithdrawalPrefix;
            return new Root(hash);
        }
    }

    private byte[] Hash()
    {
        byte[] uid = Encoding.UTF8.GetBytes(Uid);
        byte[] input = new byte[uid.Length + sizeof(ulong)];
        uid.CopyTo(input, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(uid.Length), checked((ulong)Iteration));
        return SHA256.HashData(input);
    }
}
