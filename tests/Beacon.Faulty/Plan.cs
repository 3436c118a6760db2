using System.Globalization;

namespace Beacon.Faulty;

/// <summary>Which fault is planted, how strong it is, and when it begins.</summary>
/// <param name="Fault">Its name; <c>none</c> for none.</param>
/// <param name="After">Seconds from the start of the process to the fault.</param>
/// <param name="Slot">Slot of the head from which on there is the fault.</param>
/// <param name="Peers">Connected peers from which on there is the fault.</param>
/// <param name="Delay">Milliseconds that a delay takes.</param>
/// <param name="Rate">KiB that leak per second.</param>
/// <param name="Percent">Share of messages that are dropped.</param>
internal sealed record Plan(string Fault, int After, int Slot, int Peers, int Delay, int Rate, int Percent)
{
    private const string Prefix = "--planted-";

    private static readonly string[] Known = ["none", "slow-import", "leak", "drop-gossip", "wrong-attestations", "crash", "garbage-metrics", "no-metrics", "next-format"];

    /// <summary>Takes the plan out of the arguments; what is left is the product's command line.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryTake(string[] arguments, out Plan plan, out string[] rest)
    {
        plan = new Plan("none", 0, 0, 0, 400, 1024, 70);
        rest = [.. arguments.Where(static argument => !argument.StartsWith(Prefix, StringComparison.Ordinal))];
        foreach (string argument in arguments.Where(static argument => argument.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string[] parts = argument[Prefix.Length..].Split('=', 2);
            string value = parts.Length == 2 ? parts[1] : "";
            if (parts[0] == "fault" && Known.Contains(value))
            {
                plan = plan with { Fault = value };
                continue;
            }

            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || plan.With(parts[0], number) is not { } changed)
            {
                return $"'{argument}' plants nothing; faults are {string.Join(", ", Known)}, and after, slot, peers, delay, rate and percent are whole numbers.";
            }

            plan = changed;
        }

        return null;
    }

    private Plan? With(string name, int number) => name switch
    {
        "after" => this with { After = number },
        "slot" => this with { Slot = number },
        "peers" => this with { Peers = number },
        "delay" => this with { Delay = number },
        "rate" => this with { Rate = number },
        "percent" => this with { Percent = number },
        _ => null,
    };
}
