using Fleet.Kubernetes;

namespace Fleet.Sweep;

/// <summary>Makes worlds: empty ones, and copies of one in which a testnet stands.</summary>
/// <param name="seed">Of all chance.</param>
/// <param name="mistake">What the operator does wrong; to see that it is noticed.</param>
public sealed class WorldMaker(int seed, Func<IKubernetesClient, IKubernetesClient>? mistake = null) : IDisposable
{
    /// <summary>Certificates are checked by the machine's clock, so worlds begin in the present.</summary>
    private readonly DateTimeOffset _beginning = TimeProvider.System.GetUtcNow();

    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-sweep-").FullName;
    private readonly SemaphoreSlim _gate = new(1);
    private DateTimeOffset? _baseTime;
    private int _worlds;

    private string BaseDirectory => Path.Combine(_directory, "base");

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Starts a world, at rest.</summary>
    internal async Task<VirtualWorld> StartAsync(Plan plan, bool beginsEmpty, bool hasChain = false)
    {
        string directory = Path.Combine(_directory, $"world-{Interlocked.Increment(ref _worlds)}");
        DateTimeOffset now = _beginning;
        if (!beginsEmpty)
        {
            now = await PrepareBaseAsync();
            Copy(BaseDirectory, directory);
        }

        return await VirtualWorld.StartAsync(directory, isKept: false, plan, hasChain, seed, now, mistake ?? (client => client));
    }

    /// <summary>The testnet that most workloads begin with is made once, by an operator without mistakes.</summary>
    private async Task<DateTimeOffset> PrepareBaseAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_baseTime is null)
            {
                await using VirtualWorld world = await VirtualWorld.StartAsync(BaseDirectory, isKept: true, new Plan("base", Disturbance.None, null), hasChain: false, seed, _beginning, client => client);
                foreach (Func<IKubernetesClient, Task> step in Workload.Create.Steps)
                {
                    await step(world.User);
                    _ = await world.UntilRestAsync();
                }

                _baseTime = world.Now;
            }

            return _baseTime.Value;
        }
        finally
        {
            _gate.Release();
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        }

        // Without the port: worlds live side by side, and each takes one that is free.
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "port"))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}
