using System.Threading.Channels;
using Beacon.Crypto;

namespace Beacon.Chain;

/// <summary>Collects signatures of gossip messages and verifies them in batches; a batch that fails is bisected.</summary>
/// <remarks>
/// There is no timer: while one batch is verified the next one gathers, so batches grow with the load and a lone message waits for nothing.
/// </remarks>
internal sealed class SignatureBatcher(ChainMetrics metrics)
{
    private const int MaxBatch = 128;

    private readonly Channel<Job> _jobs = Channel.CreateBounded<Job>(
        new BoundedChannelOptions(4096) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    /// <summary>Whether all signatures of one message are valid.</summary>
    public async Task<bool> VerifyAsync(SignatureSet[] sets, CancellationToken cancellationToken)
    {
        var job = new Job(sets);
        await _jobs.Writer.WriteAsync(job, cancellationToken);
        return await job.Result.Task.WaitAsync(cancellationToken);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Job>();
        var sets = new List<SignatureSet>();
        try
        {
            while (await _jobs.Reader.WaitToReadAsync(cancellationToken))
            {
                while (sets.Count < MaxBatch && _jobs.Reader.TryRead(out Job? job))
                {
                    batch.Add(job);
                    sets.AddRange(job.Sets);
                }

                Verify(batch, [.. sets]);
                batch.Clear();
                sets.Clear();
            }
        }
        finally
        {
            while (_jobs.Reader.TryRead(out Job? rest))
            {
                rest.Result.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    private void Verify(List<Job> batch, SignatureSet[] sets)
    {
        metrics.SignatureBatch.Record(sets.Length);
        if (Bls.VerifyBatch(sets))
        {
            batch.ForEach(static job => job.Result.TrySetResult(true));
            return;
        }

        HashSet<int> invalid = [.. Bls.FindInvalid(sets)];
        int first = 0;
        foreach (Job job in batch)
        {
            bool valid = !Enumerable.Range(first, job.Sets.Length).Any(invalid.Contains);
            job.Result.TrySetResult(valid);
            first += job.Sets.Length;
        }
    }

    private sealed record Job(SignatureSet[] Sets)
    {
        public TaskCompletionSource<bool> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
