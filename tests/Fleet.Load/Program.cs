using System.CommandLine;
using System.Globalization;
using Fleet.Load;
using TestKit;

var testnets = new Option<int>("--testnets") { Description = "Testnets that are declared, with ten children each.", DefaultValueFactory = _ => 300 };
var rounds = new Option<int>("--rounds") { Description = "How often both sides run, in turn.", DefaultValueFactory = _ => 3 };
var executable = new Option<string>("--operator") { Description = "The operator that is measured; one that is built as for the image starts quicker.", DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "Fleet.Manager") };
var root = new RootCommand("Compares how fast the operator makes the children of many testnets on a real kube-apiserver with how fast the same objects can be made at all.") { testnets, rounds, executable };
root.SetAction(async (arguments, cancellationToken) =>
{
    if (RealApiServer.WhyNot is { } whyNot)
    {
        Console.Error.WriteLine($"There is no kube-apiserver to measure on ({whyNot}).");
        return 1;
    }

    List<double> ratios = [];
    Version? version = RealApiServer.VersionOf(RealApiServer.Newest);
    Console.WriteLine(Cores.OfServer() is { } cores ? $"kube-apiserver {version} and etcd on core {cores}, the writers on the others" : $"kube-apiserver {version}, etcd and the writers share all cores");
    Console.WriteLine($"{"",-14} {"writes",7} {"s",7} {"writes/s",8} {"per child",9} {"CPU s",6} {"server",7} {"RSS MiB",8} {"2nd pass",8}");
    for (int round = 1; round <= arguments.GetValue(rounds); round++)
    {
        OperatorRun run = await OperatorRun.MeasureAsync(arguments.GetValue(executable)!, arguments.GetValue(testnets), cancellationToken);
        int all = run.ChildWrites + run.StatusWrites;
        double rate = all / run.Duration.TotalSeconds;
        Console.WriteLine(Row("operator", all, run.Duration, run) + string.Create(CultureInfo.InvariantCulture, $" {run.ProcessorTime.TotalSeconds,6:F1} {run.ServerTime.TotalSeconds,7:F1} {run.ResidentMebibytes,8:F0} {run.SecondPassWrites,8}"));
        BareRun bare = await BareRun.MeasureAsync(run, cancellationToken);
        TimeSpan both = bare.Children + bare.Statuses;
        Console.WriteLine(Row("bare, children", run.Children, bare.Children, run));
        Console.WriteLine(Row("bare, all", run.Made.Count, both, run) + string.Create(CultureInfo.InvariantCulture, $" {"",6} {bare.ServerTime.TotalSeconds,7:F1}"));
        ratios.Add(rate / (run.Made.Count / both.TotalSeconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operator/bare: {ratios[^1]:F2} of the rate at which the same objects and statuses are written, {rate / (run.Children / bare.Children.TotalSeconds):F2} of that of the objects alone"));
    }

    ratios.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operator/bare: median {ratios[ratios.Count / 2]:F2}, of {string.Join(", ", ratios.Select(ratio => ratio.ToString("F2", CultureInfo.InvariantCulture)))}"));
    return 0;
});
return await root.Parse(args).InvokeAsync();

static string Row(string who, int writes, TimeSpan duration, OperatorRun run) =>
    string.Create(CultureInfo.InvariantCulture, $"{who,-14} {writes,7} {duration.TotalSeconds,7:F2} {writes / duration.TotalSeconds,8:F0} {(double)writes / run.Children,9:F3}");
