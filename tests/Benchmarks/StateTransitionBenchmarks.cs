using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using BenchmarkDotNet.Attributes;

namespace Benchmarks;

/// <summary>An epoch's end of 32,768 validators who all attested.</summary>
public class EpochTransitionBenchmarks
{
    private readonly CachedBeaconState _state = BenchmarkChain.AtEpochEnd(32_768);

    /// <summary>The steps alone.</summary>
    [Benchmark]
    public CachedBeaconState Steps()
    {
        CachedBeaconState state = _state.Clone();
        Transition.ProcessEpoch(state);
        return state;
    }

    /// <summary>The steps and the state root after them.</summary>
    [Benchmark]
    public Root StepsAndRoot()
    {
        CachedBeaconState state = _state.Clone();
        Transition.ProcessEpoch(state);
        return state.HashTreeRoot();
    }

    /// <summary>What holding one more state costs.</summary>
    [Benchmark]
    public CachedBeaconState Clone() => _state.Clone();
}

/// <summary>A block of the minimal preset with the attestations of a whole slot of 64 validators.</summary>
public class BlockTransitionBenchmarks
{
    private readonly CachedBeaconState _preState;
    private readonly SignedBeaconBlock _block;

    public BlockTransitionBenchmarks()
    {
        (_preState, _block) = BenchmarkChain.BlockWithAttestations();
        _preState.HashTreeRoot();
    }

    /// <summary>The floor of <see cref="WithSignatures"/>: the same signatures read, checked to be in their group and verified in one batch, and nothing else.</summary>
    [Benchmark(Baseline = true)]
    public bool SignaturesAlone()
    {
        CachedBeaconState state = _preState;
        BeaconBlockBody body = _block.Message.Body;
        return Bls.VerifyBatch(
        [
            SignatureSets.Block(state, _block)!.Value,
            SignatureSets.RandaoReveal(state, _block.Message.ProposerIndex, Accessors.GetCurrentEpoch(state), body.RandaoReveal)!.Value,
            .. body.Attestations.Select(attestation => SignatureSets.Attesters(
                state, Accessors.GetAttestingIndices(state, attestation.Data, attestation.AggregationBits).AsSpan(), attestation.Data, attestation.Signature)!.Value),
        ]);
    }

    /// <summary>Everything, signatures in one batch, and the state root.</summary>
    [Benchmark]
    public CachedBeaconState WithSignatures() => Apply(SignatureVerification.Batch);

    /// <summary>Everything but signatures.</summary>
    [Benchmark]
    public CachedBeaconState WithoutSignatures() => Apply(SignatureVerification.None);

    private CachedBeaconState Apply(SignatureVerification signatures)
    {
        CachedBeaconState state = _preState.Clone();
        Transition.ApplyAtSlot(state, _block, new SignatureVerifier(signatures));
        return state;
    }
}

/// <summary>The shuffle of a whole registry, once per epoch.</summary>
public class ShufflingBenchmarks
{
    private const int Count = 32_768;
    private const int Rounds = 90;
    private readonly byte[] _seed = new byte[32];
    private readonly int[] _list = [.. Enumerable.Range(0, Count)];

    /// <summary>32,768 positions at once.</summary>
    [Benchmark]
    public void WholeList() => Shuffling.ShuffleList<int>(_list, _seed, Rounds);

    /// <summary>One of them, as the specification spells it.</summary>
    [Benchmark]
    public ulong OnePosition() => Shuffling.ComputeShuffledIndex(77, Count, _seed, Rounds);
}

/// <summary>Signatures.</summary>
public class BlsBenchmarks
{
    private const int Batch = 64;
    private readonly SecretKey _key = BenchmarkChain.Keys[0].Signing;
    private readonly SignatureSet[] _sets;
    private readonly PublicKey[] _keys;

    public BlsBenchmarks()
    {
        _sets = [.. BenchmarkChain.Keys.Select(static (key, index) =>
        {
            byte[] message = Hasher.Hash(BitConverter.GetBytes(index)).ToArray();
            return new SignatureSet(key.Signing.ToPublicKey(), message, key.Signing.Sign(message));
        })];
        _keys = [.. BenchmarkChain.Keys.Select(static key => key.Signing.ToPublicKey())];
    }

    [Benchmark(Baseline = true)]
    public bool Verify() => Bls.Verify(_sets[0].PublicKey, _sets[0].Message.Span, _sets[0].Signature);

    /// <summary>64 at once; the result is per signature.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public bool VerifyBatch64() => Bls.VerifyBatch(_sets);

    [Benchmark]
    public Signature Sign() => _key.Sign(_sets[0].Message.Span);

    /// <summary>Sum of 64 keys.</summary>
    [Benchmark]
    public PublicKey AggregateKeys64() => PublicKey.Aggregate(_keys);
}
