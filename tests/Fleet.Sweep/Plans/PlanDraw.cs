namespace Fleet.Sweep;

/// <summary>Which plans are run: every disturbance gets the same share of every workload, writes before events, by a seed.</summary>
public static class PlanDraw
{
    /// <summary>The disturbances that plans have.</summary>
    public static IReadOnlyList<Disturbance> Disturbances { get; } = [.. Enum.GetValues<Disturbance>().Where(disturbance => disturbance != Disturbance.None)];

    /// <summary>Draws plans.</summary>
    /// <param name="points">What the run without disturbance of each workload went through.</param>
    /// <param name="count">How many; all there are when that is fewer.</param>
    /// <param name="seed">Same seed, same plans.</param>
    /// <param name="disturbances">Which ones; null: all.</param>
    public static IReadOnlyList<Plan> Draw(IReadOnlyDictionary<string, IReadOnlyList<Point>> points, int count, int seed, IReadOnlyList<Disturbance>? disturbances = null)
    {
        var random = new Random(seed);
        List<Queue<Plan>> hands = [];
        foreach ((string workload, IReadOnlyList<Point> ofWorkload) in points.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            foreach (Disturbance disturbance in disturbances ?? Disturbances)
            {
                Point[] shuffled = [.. ofWorkload];
                random.Shuffle(shuffled);
                hands.Add(new Queue<Plan>(shuffled.OrderBy(point => !point.IsWrite).Select(point => new Plan(workload, disturbance, point))));
            }
        }

        List<Plan> drawn = [];
        while (drawn.Count < count && hands.Exists(hand => hand.Count > 0))
        {
            foreach (Queue<Plan> hand in hands.Where(hand => hand.Count > 0))
            {
                if (drawn.Count < count)
                {
                    drawn.Add(hand.Dequeue());
                }
            }
        }

        return drawn;
    }
}
