using System.Security.Cryptography;
using Beacon.Ssz;
using Beacon.Types;
using BenchmarkDotNet.Attributes;

namespace Benchmarks;

/// <summary>Merkle hashing against the platform's SHA-256 as the floor.</summary>
public class MerkleHashingBenchmarks
{
    private readonly byte[] _blocks = new byte[Blocks * Hasher.BlockSize];
    private readonly byte[] _digests = new byte[Blocks * Root.Size];

    /// <summary>Blocks per operation; results are per block.</summary>
    public const int Blocks = 4096;

    [GlobalSetup]
    public void Fill() => new Random(1).NextBytes(_blocks);

    [Benchmark(Baseline = true, OperationsPerInvoke = Blocks)]
    public void Platform()
    {
        for (int i = 0; i < Blocks; i++)
        {
            SHA256.HashData(_blocks.AsSpan(i * Hasher.BlockSize, Hasher.BlockSize), _digests.AsSpan(i * Root.Size, Root.Size));
        }
    }

    [Benchmark(OperationsPerInvoke = Blocks)]
    public void Lanes() => Hasher.HashBlocks(_blocks, _digests);
}

/// <summary>Roots of a mainnet state with 32,768 validators.</summary>
public class StateRootBenchmarks
{
    private const int Validators = 32_768;

    private readonly byte[] _encoded;
    private readonly BeaconState _state;
    private ulong _turn;

    public StateRootBenchmarks()
    {
        _state = BeaconState.CreateDefault(ChainSpec.Mainnet);
        Validator template = Validator.CreateDefault();
        for (int i = 0; i < Validators; i++)
        {
            _state.Validators.Add(template with { WithdrawalCredentials = Hasher.Hash(BitConverter.GetBytes(i)) });
            _state.Balances.Add(new Gwei(32_000_000_000));
        }

        _encoded = new byte[_state.SszSize];
        _state.Serialize(_encoded);
        _state.HashTreeRoot();
    }

    /// <summary>Decoding and hashing from nothing.</summary>
    [Benchmark]
    public Root Everything() => BeaconState.Deserialize(_encoded, ChainSpec.Mainnet).HashTreeRoot();

    /// <summary>What an epoch transition changes: every balance.</summary>
    [Benchmark]
    public Root EveryBalance()
    {
        BeaconState clone = _state.Clone();
        Gwei[] balances = clone.Balances.ToArray();
        _turn++;
        for (int i = 0; i < balances.Length; i++)
        {
            balances[i] += new Gwei(_turn);
        }

        clone.Balances.Replace(balances);
        return clone.HashTreeRoot();
    }

    /// <summary>What an empty slot changes: a block root and a state root.</summary>
    [Benchmark]
    public Root OneSlot()
    {
        BeaconState clone = _state.Clone();
        clone.Slot = new Slot(++_turn);
        clone.BlockRoots[_turn % 8192] = Hasher.Hash(BitConverter.GetBytes(_turn));
        clone.StateRoots[_turn % 8192] = clone.BlockRoots[_turn % 8192];
        return clone.HashTreeRoot();
    }
}
