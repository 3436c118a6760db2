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
    Console.WriteLine(Cores.OfServer() is { } cores ? $"kube-apiserver and etcd on core {cores}, the writers on the others" : "kube-apiserver, etcd and the writers share all cores");
    Console.WriteLine($"{"",-10} {"children",8} {"s",7} {"writes/s",8} {"writes/child",12} {"with status",11} {"CPU s",6} {"server",7} {"RSS MiB",8} {"2nd pass",8}");
    for (int round = 1; round <= arguments.GetValue(rounds); round++)
    {
        OperatorRun run = await OperatorRun.MeasureAsync(arguments.GetValue(executable)!, arguments.GetValue(testnets), cancellationToken);
        int all = run.ChildWrites + run.StatusWrites;
        double rate = all / run.Duration.TotalSeconds;
        double perChild = (double)run.ChildWrites / run.Children.Count;
        double allPerChild = (double)all / run.Children.Count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"operator",-10} {run.Children.Count,8} {run.Duration.TotalSeconds,7:F2} {rate,8:F0} {perChild,12:F3} {allPerChild,11:F3} {run.ProcessorTime.TotalSeconds,6:F1} {run.ServerTime.TotalSeconds,7:F1} {run.ResidentMebibytes,8:F0} {run.SecondPassWrites,8}"));
        (TimeSpan floor, TimeSpan serverTime) = await BareRun.MeasureAsync(run, cancellationToken);
        double most = run.Children.Count / floor.TotalSeconds;
        ratios.Add(rate / most);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"bare",-10} {run.Children.Count,8} {floor.TotalSeconds,7:F2} {most,8:F0} {1.0,12:F3} {1.0,11:F3} {"",6} {serverTime.TotalSeconds,7:F1}"));
    }

    ratios.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operator/bare: median {ratios[ratios.Count / 2]:F2}, of {string.Join(", ", ratios.Select(ratio => ratio.ToString("F2", CultureInfo.InvariantCulture)))}"));
    return 0;
});
return await root.Parse(args).InvokeAsync();
