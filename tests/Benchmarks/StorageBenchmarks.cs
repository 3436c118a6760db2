using Beacon.Ssz;
using Beacon.Storage;
using Beacon.Storage.RocksDb;
using Beacon.Types;
using BenchmarkDotNet.Attributes;

namespace Benchmarks;

/// <summary>What importing a block writes: the block, its fork choice node and 64 votes, in one batch.</summary>
public class StorageBenchmarks
{
    private const int Votes = 64;
    private readonly SignedBeaconBlock _block = BenchmarkChain.BlockWithAttestations().Block;
    private string _directory = "";
    private BeaconDatabase _database = null!;
    private ulong _slot;

    [GlobalSetup]
    public void Open()
    {
        _directory = Path.Combine(Path.GetTempPath(), "beacon-benchmark-" + Guid.NewGuid().ToString("n"));
        _database = BeaconDatabase.Open(RocksDbKeyValueStore.Open(_directory));
        Commit(durable: true);
    }

    [GlobalCleanup]
    public void Close()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Survives a killed process.</summary>
    [Benchmark(Baseline = true)]
    public void CommitBlock() => Commit(durable: false);

    /// <summary>Survives the loss of power; done at finality only.</summary>
    [Benchmark]
    public void CommitBlockToDisk() => Commit(durable: true);

    [Benchmark]
    public SignedBeaconBlock? ReadBlock() => _database.GetBlock(RootOf(_slot));

    private static Root RootOf(ulong slot) => Hasher.Hash(BitConverter.GetBytes(slot));

    private void Commit(bool durable)
    {
        _slot++;
        var batch = new WriteBatch();
        Root root = RootOf(_slot);
        var checkpoint = new Checkpoint { Epoch = new Epoch(_slot / 8), Root = root };
        BeaconDatabase.PutBlock(batch, root, _block);
        BeaconDatabase.PutNode(batch, new StoredNode(root, RootOf(_slot - 1), new Slot(_slot), root, checkpoint, checkpoint, checkpoint, checkpoint));
        for (ulong validator = 0; validator < Votes; validator++)
        {
            BeaconDatabase.PutVote(batch, new StoredVote(validator, checkpoint.Epoch, root));
        }

        _database.Commit(batch, durable);
    }
}
