using System.Diagnostics;
using System.Net.Sockets;
using Beacon.Cli;
using Beacon.Node;
using Beacon.Storage;
using Beacon.Storage.Tests;
using Beacon.Validator;

namespace Beacon.Faulty;

/// <summary>Puts the planted fault into the node's or the validator client's parts.</summary>
internal static class Faults
{
    /// <summary>A leak stops here, so that it never takes the machine with it.</summary>
    private const int MaximumLeak = 1 << 30;

    private static readonly List<byte[]> Leaked = [];

    public static Composition Compose(Plan plan) => new()
    {
        Node = options => Plant(plan, options),
        Validator = options => Plant(plan, options),
    };

    private static NodeOptions Plant(Plan plan, NodeOptions options)
    {
        string host = options.ListenAddress.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{options.ListenAddress}]" : options.ListenAddress.ToString();
        var api = new Uri($"http://{host}:{options.HttpPort}");
        switch (plan.Fault)
        {
            case "slow-import":
                var slow = Trigger.Watch(plan, api);
                uint present = DatabaseFormats.Current.Newest.Number;
                var formats = new DatabaseFormats { Newest = new DatabaseFormat(present, store => new SlowStore(store, slow, TimeSpan.FromMilliseconds(plan.Delay))) };
                return options with { Parts = options.Parts with { DatabaseFormats = formats } };
            case "drop-gossip":
                var drop = new GossipDrop(Trigger.Watch(plan, api), plan.Percent);
                return options with { Parts = options.Parts with { Receiver = drop.Decorate, Publisher = drop.Decorate } };
            case "next-format":
                return options with { Parts = options.Parts with { DatabaseFormats = NextFormat.Formats } };
            case "leak":
                Trigger.Watch(plan, api, () => LeakAsync(plan.Rate));
                return options;
            case "crash":
                Trigger.Watch(plan, api, CrashAsync);
                return options;
            case "garbage-metrics" or "no-metrics":
                // The real ones go to a port that nobody asks for.
                MetricsLie.Start(options.ListenAddress, options.MetricsPort, plan.Fault == "no-metrics");
                return options with { MetricsPort = 0 };
            default:
                return options;
        }
    }

    private static ValidatorOptions Plant(Plan plan, ValidatorOptions options)
    {
        if (plan.Fault != "wrong-attestations")
        {
            return options;
        }

        var trigger = Trigger.Watch(plan, options.BeaconNodes[0]);
        return options with { HttpHandler = handler => new WrongAttestations(trigger, options.NetworkDirectory) { InnerHandler = handler } };
    }

    private static async Task LeakAsync(int kibibytesPerSecond)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        int size = kibibytesPerSecond * 1024 / 10;
        while ((long)Leaked.Count * size < MaximumLeak)
        {
            await timer.WaitForNextTickAsync();
            var bytes = new byte[size];
            Array.Fill(bytes, (byte)1);
            Leaked.Add(bytes);
        }
    }

    private static Task CrashAsync()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        return Task.CompletedTask;
    }
}
