using Beacon.Cli;
using Beacon.Faulty;

// The product's own composition with one part made bad: an image for roll-outs that must not succeed. Nothing of it is in the product.
if (Plan.TryTake(args, out Plan plan, out string[] rest) is { } error)
{
    await Console.Error.WriteLineAsync("beacon: " + error);
    return Beacon.Node.ExitCodes.BadConfiguration;
}

return await BeaconProgram.RunAsync(rest, Faults.Compose(plan));
