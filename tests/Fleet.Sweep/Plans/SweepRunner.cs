using System.Collections.Concurrent;

namespace Fleet.Sweep;

/// <summary>What came of a plan.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="IsReached">Whether its point was reached; otherwise nothing was tested.</param>
/// <param name="Alarms">What was not as it should be.</param>
public sealed record Result(Plan Plan, bool IsReached, IReadOnlyList<string> Alarms);

/// <summary>Runs workloads without a disturbance, then with one at every point that is asked for, and compares.</summary>
public sealed class SweepRunner(WorldMaker maker)
{
    /// <summary>Longer than the time after which an informer lists everything anew, which is what makes good an event that never came.</summary>
    private static readonly TimeSpan LongestIgnorance = TimeSpan.FromMinutes(45);

    /// <summary>Longer than the time after which every object is looked at again.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(12);

    private readonly ConcurrentDictionary<string, Outcome> _references = new(StringComparer.Ordinal);

    /// <summary>Runs a workload as it is, and learns the points it has.</summary>
    /// <exception cref="InvalidOperationException">It does not even come right without a disturbance.</exception>
    public async Task<IReadOnlyList<Point>> LearnAsync(Workload workload)
    {
        Outcome reference = await RunAsync(workload, new Plan(workload.Name, Disturbance.None, null), null);
        if (reference.Faults.Count > 0 || !reference.EndState.Contains(workload.Expected, StringComparison.Ordinal))
        {
            string end = string.Join(", ", reference.EndState.Split('\n').SkipWhile(line => !line.StartsWith("Testnets:", StringComparison.Ordinal)));
            throw new InvalidOperationException($"Workload {workload.Name} fails without any disturbance: {string.Join("; ", reference.Faults)}; at the end there is {end}.");
        }

        _references[workload.Name] = reference;
        return [.. reference.Points.Distinct()];
    }

    /// <summary>Runs one plan of a workload that was learnt.</summary>
    public async Task<Result> RunAsync(Plan plan)
    {
        Outcome reference = _references[plan.Workload];
        Outcome outcome = await RunAsync(Workload.All.Single(workload => workload.Name == plan.Workload), plan, reference);
        return new Result(plan, outcome.IsReached, outcome.IsReached ? Judge.Alarms(reference, outcome) : outcome.Faults);
    }

    private async Task<Outcome> RunAsync(Workload workload, Plan plan, Outcome? reference)
    {
        await using VirtualWorld world = await maker.StartAsync(plan, workload.BeginsEmpty, workload.HasChain);
        return await RunAsync(workload, world, reference);
    }

    private static async Task<Outcome> RunAsync(Workload workload, VirtualWorld world, Outcome? reference)
    {
        List<string> faults = [];
        int before = world.Injector.Stored.Count;
        world.Injector.Arm();
        for (int i = 0; i < workload.Steps.Count; i++)
        {
            await workload.Steps[i](world.User);
            bool isLast = i == workload.Steps.Count - 1;
            if (!await (workload.HasChain && !isLast ? world.UntilAsync(workload.IsDone) : world.UntilRestAsync()))
            {
                faults.Add($"the world does not come to rest; the last writes are {string.Join(", ", world.Injector.Stored.Where(Judge.Counts).TakeLast(8))}");
                break;
            }
        }

        string state = await WorldDump.TakeAsync(world.User, VirtualWorld.Namespace);
        if (reference is not null && faults.Count == 0 && state != reference.EndState)
        {
            // An event that never came is made good when everything is listed anew.
            await world.PassAsync(LongestIgnorance);
            _ = await world.UntilRestAsync();
            state = await WorldDump.TakeAsync(world.User, VirtualWorld.Namespace);
        }

        int writes = world.Injector.Writes;
        await world.PassAsync(Quiet);
        if (world.Injector.Writes != writes)
        {
            faults.Add($"{world.Injector.Writes - writes} writes in a world at rest; the last are {string.Join(", ", world.Injector.Stored.Where(Judge.Counts).TakeLast(3))}");
        }

        faults.AddRange(world.Processes.Doubles);
        faults.AddRange(world.Failures.Select(failure => "an operator ended by itself: " + failure));
        return new Outcome(state, Judge.Count(world.Injector.Stored.Skip(before)), [.. world.Injector.Points], world.Injector.IsReached, faults);
    }
}
