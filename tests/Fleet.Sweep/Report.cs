using System.Diagnostics;

namespace Fleet.Sweep;

/// <summary>Runs plans, several at a time, and says what comes of them.</summary>
internal static class Report
{
    private const int EveryPlans = 50;

    /// <returns>Exit code: 1 when there was an alarm.</returns>
    public static async Task<int> RunAsync(Func<Plan, Task<Result>> runAsync, IReadOnlyList<Plan> plans, string again, int jobs, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        Lock @lock = new();
        int run = 0;
        int missed = 0;
        int alarms = 0;
        var perDisturbance = PlanDraw.Disturbances.ToDictionary(disturbance => disturbance, _ => 0);
        await Parallel.ForEachAsync(plans, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken }, async (plan, _) =>
        {
            Result result = await RunAsync(runAsync, plan);
            lock (@lock)
            {
                run += result.IsReached ? 1 : 0;
                missed += result.IsReached ? 0 : 1;
                perDisturbance[plan.Disturbance] += result.IsReached ? 1 : 0;
                if (result.Alarms.Count > 0)
                {
                    alarms++;
                    Console.WriteLine($"ALARM in {plan}\n    {string.Join("\n    ", result.Alarms)}\n    again: {again} PLAN='{plan}'");
                }

                if ((run + missed) % EveryPlans == 0)
                {
                    Console.WriteLine($"{run + missed} of {plans.Count} plans after {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
                }
            }
        });

        foreach ((Disturbance disturbance, int count) in perDisturbance.Where(pair => pair.Value > 0))
        {
            Console.WriteLine($"{disturbance,-16} {count,4}");
        }

        Console.WriteLine($"{missed} plans did not come to their point: the run took another course before it");
        Console.WriteLine($"{run} plans run, {alarms} alarms");
        return alarms == 0 ? 0 : 1;
    }

    /// <summary>A world that breaks down is an alarm of its plan, and the others go on.</summary>
    private static async Task<Result> RunAsync(Func<Plan, Task<Result>> runAsync, Plan plan)
    {
        try
        {
            return await runAsync(plan);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new Result(plan, IsReached: true, [$"the world broke down: {failure}"]);
        }
    }

    /// <returns>Exit code: 1 when there was an alarm.</returns>
    public static async Task<int> RunAsync(MutationRunner runner, IReadOnlyList<Mutation> mutations, int jobs, CancellationToken cancellationToken)
    {
        int alarms = 0;
        await Parallel.ForEachAsync(mutations, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken }, async (mutation, _) =>
        {
            IReadOnlyList<string> found = await runner.RunAsync(mutation);
            if (found.Count > 0)
            {
                Interlocked.Increment(ref alarms);
                Console.WriteLine($"ALARM at {mutation.Property}\n    {string.Join("\n    ", found)}\n    again: make sweep MUTATE='{mutation.Property}'");
            }
        });

        Console.WriteLine($"{mutations.Count} properties changed and changed back, {alarms} alarms");
        return alarms == 0 ? 0 : 1;
    }
}
