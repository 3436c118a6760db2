using System.CommandLine;
using System.Globalization;
using Fleet.Load;
using TestKit;

var testnets = new Option<int>("--testnets") { Description = "Testnets that are declared, with ten children each.", DefaultValueFactory = _ => 300 };
var slices = new Option<int>("--slices") { Description = "In how many slices both sides take turns within a round.", DefaultValueFactory = _ => 3 };
var rounds = new Option<int>("--rounds") { Description = "How often all is done, each time on a new server.", DefaultValueFactory = _ => 3 };
var executable = new Option<string>("--operator") { Description = "The operator that is measured; one that is built as for the image starts quicker.", DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "Fleet.Manager") };
var root = new RootCommand("Compares how fast the operator makes the children of many testnets on a real kube-apiserver with how fast the same objects can be made at all.") { testnets, slices, rounds, executable };
root.SetAction(async (arguments, cancellationToken) =>
{
    if (RealApiServer.WhyNotOf(RealApiServer.Newest) is { } whyNot)
    {
        Console.Error.WriteLine($"There is no kube-apiserver to measure on ({whyNot}).");
        return 1;
    }

    List<double> ratios = [];
    Version? version = RealApiServer.VersionOf(RealApiServer.Newest);
    Console.WriteLine(Cores.OfServer() is { } cores ? $"kube-apiserver {version} and etcd on core {cores}, the writers on the others" : $"kube-apiserver {version}, etcd and the writers share all cores");
    Console.WriteLine($"operator: {arguments.GetValue(executable)}");
    Console.WriteLine($"{"",-14} {"writes",7} {"s",7} {"writes/s",8} {"per child",9} {"CPU s",6} {"server",7} {"RSS MiB",8} {"2nd pass",8}");
    for (int number = 1; number <= arguments.GetValue(rounds); number++)
    {
        Round round = await Round.MeasureAsync(arguments.GetValue(executable)!, arguments.GetValue(testnets), arguments.GetValue(slices), cancellationToken);
        Console.WriteLine(Row("operator", round.Writes, round.Operator, round) + string.Create(CultureInfo.InvariantCulture, $" {round.ResidentMebibytes,8:F0} {round.SecondPassWrites,8}"));
        Console.WriteLine(Row("bare, children", round.Children, round.BareChildren, round));
        Console.WriteLine(Row("bare, all", round.BareWrites, round.BareAll, round));
        ratios.Add(Rate(round.Writes, round.Operator) / Rate(round.BareWrites, round.BareAll));
        double ofObjects = Rate(round.Writes, round.Operator) / Rate(round.Children, round.BareChildren);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operator/bare: {ratios[^1]:F2} of the rate at which the same objects and statuses are written, {ofObjects:F2} of that of the objects alone"));
    }

    ratios.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operator/bare: median {ratios[ratios.Count / 2]:F2}, of {string.Join(", ", ratios.Select(ratio => ratio.ToString("F2", CultureInfo.InvariantCulture)))}"));
    return 0;
});
return await root.Parse(args).InvokeAsync();

static double Rate(int writes, Effort effort) => writes / effort.Duration.TotalSeconds;

static string Row(string who, int writes, Effort effort, Round round) =>
    string.Create(
        CultureInfo.InvariantCulture,
        $"{who,-14} {writes,7} {effort.Duration.TotalSeconds,7:F2} {Rate(writes, effort),8:F0} {(double)writes / round.Children,9:F3} {effort.ProcessorTime.TotalSeconds,6:F1} {effort.ServerTime.TotalSeconds,7:F1}");
