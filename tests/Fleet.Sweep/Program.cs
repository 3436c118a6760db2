using System.CommandLine;
using Fleet.Sweep;

var plans = new Option<int>("--plans") { Description = "How many plans are run.", DefaultValueFactory = _ => 640 };
var seed = new Option<int>("--seed") { Description = "Of all chance; the same seed gives the same plans.", DefaultValueFactory = _ => 1 };
var only = new Option<string[]>("--plan") { Description = "Runs exactly this plan, as a failing one is printed; may be given several times." };
var jobs = new Option<int>("--jobs") { Description = "Worlds at the same time.", DefaultValueFactory = _ => Environment.ProcessorCount };
var workloads = new Option<string[]>("--workload") { Description = "Only plans of this workload; may be given several times." };
var disturbances = new Option<Disturbance[]>("--disturbance") { Description = "Only plans with this disturbance, such as CrashBefore; may be given several times." };
var mutations = new Option<string[]>("--mutate") { Description = "Instead of plans: changes this property of the spec of a Testnet, such as spec.image, and back; 'all' for every one." };
var real = new Option<string?>("--real") { Description = "Runs plans with real nodes, in real time: path of the beacon executable." };
var root = new RootCommand("Runs the operator through workloads with one disturbance at every point of them, and compares with undisturbed runs.") { plans, seed, only, jobs, workloads, disturbances, mutations, real };
root.SetAction(async (arguments, cancellationToken) =>
{
    int chance = arguments.GetValue(seed);
    using var maker = new WorldMaker(chance);
    var runner = new SweepRunner(maker);
    string[] properties = arguments.GetValue(mutations) ?? [];
    if (properties.Length > 0)
    {
        Mutation[] mutated = [.. Mutation.All.Where(mutation => properties.Contains("all") || properties.Contains(mutation.Property))];
        return mutated.Length == 0
            ? throw new FormatException($"No property of a Testnet is called {string.Join(" or ", properties)}; they are named as in spec.pools[].storage.size, and 'all' is every one.")
            : await Report.RunAsync(new MutationRunner(maker), mutated, arguments.GetValue(jobs), cancellationToken);
    }

    Plan[] chosen = [.. (arguments.GetValue(only) ?? []).Select(Plan.Parse)];
    string[] known = [.. Workload.All.Select(workload => workload.Name)];
    string[] names = chosen.Length > 0 ? [.. chosen.Select(plan => plan.Workload).Distinct()] : arguments.GetValue(workloads) ?? [];
    if (names.Except(known).FirstOrDefault() is { } unknown)
    {
        throw new FormatException($"There is no workload {unknown}; there are {string.Join(", ", known)}.");
    }

    int count = arguments.GetValue(plans);
    Disturbance[]? kinds = arguments.GetValue(disturbances) is { Length: > 0 } some ? some : null;
    if (arguments.GetValue(real) is { } beacon)
    {
        var repeats = new RealRunner(Path.GetFullPath(beacon), chance);

        // In real time only what happens first to an object happens in every run.
        IReadOnlyDictionary<string, IReadOnlyList<Point>> seen = await LearnAsync(
            RealRunner.Workloads, async workload => [.. (await repeats.LearnAsync(workload)).Where(point => point.Occurrence == 1)]);
        return await Report.RunAsync(
            repeats.RunAsync, chosen.Length > 0 ? chosen : PlanDraw.Draw(seen, count, chance, kinds ?? RealRunner.Disturbances), $"make sweep REAL=1 SEED={chance}", jobs: 1, cancellationToken);
    }

    IReadOnlyDictionary<string, IReadOnlyList<Point>> points = await LearnAsync(Workload.All, runner.LearnAsync);
    return await Report.RunAsync(runner.RunAsync, chosen.Length > 0 ? chosen : PlanDraw.Draw(points, count, chance, kinds), $"make sweep SEED={chance}", arguments.GetValue(jobs), cancellationToken);

    async Task<IReadOnlyDictionary<string, IReadOnlyList<Point>>> LearnAsync(IReadOnlyList<Workload> all, Func<Workload, Task<IReadOnlyList<Point>>> learnAsync)
    {
        var learnt = new Dictionary<string, IReadOnlyList<Point>>(StringComparer.Ordinal);
        foreach (Workload workload in all.Where(workload => names.Length == 0 || names.Contains(workload.Name)))
        {
            learnt[workload.Name] = await learnAsync(workload);
            Console.WriteLine($"{workload.Name,-10} {learnt[workload.Name].Count(point => point.IsWrite),4} writes, {learnt[workload.Name].Count(point => !point.IsWrite),4} events");
        }

        return learnt;
    }
});
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (FormatException bad)
{
    Console.Error.WriteLine(bad.Message);
    return 2;
}
catch (InvalidOperationException failed)
{
    Console.Error.WriteLine(failed.Message);
    return 1;
}
