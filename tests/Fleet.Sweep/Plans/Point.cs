using System.Globalization;

namespace Fleet.Sweep;

/// <summary>A moment of a run that other runs of the same workload have too: the n-th time that something happens to an object.</summary>
/// <param name="Verb">Of a request of the operator (<c>create</c>, <c>patch</c>, …), or the type of a watch event (<c>ADDED</c>, …).</param>
/// <param name="Resource">Plural, with the sub-resource where there is one: <c>testnets/status</c>.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Occurrence">Which time, from 1.</param>
public sealed record Point(string Verb, string Resource, string Name, int Occurrence)
{
    /// <summary>Whether it is a write; otherwise a watch event.</summary>
    public bool IsWrite => char.IsLower(Verb[0]);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Point Parse(string text)
    {
        string[] parts = text.Split(',');
        return parts.Length == 4 && parts[0].Length > 0 && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int occurrence)
            ? new Point(parts[0], parts[1], parts[2], occurrence)
            : throw new FormatException($"'{text}' is no point; it has the form VERB,RESOURCE,NAME,OCCURRENCE, such as create,secrets,devnet-mnemonic,1.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verb},{Resource},{Name},{Occurrence}");
}

/// <summary>What happens at a point.</summary>
public enum Disturbance
{
    /// <summary>Nothing; the run that others are compared with.</summary>
    None,

    /// <summary>The operator dies before the write is carried out, or before it hears of the event, and is started again.</summary>
    CrashBefore,

    /// <summary>The write is carried out, or the event delivered, and the operator dies and is started again.</summary>
    CrashAfter,

    /// <summary>The write is lost on its way, or the event is never delivered.</summary>
    Drop,

    /// <summary>The write is carried out twice, or the event is delivered twice.</summary>
    Duplicate,

    /// <summary>The write or the event arrives seconds late.</summary>
    Delay,

    /// <summary>The operator, after a restart or with broken watches, reads lists of the past first.</summary>
    StaleReconnect,

    /// <summary>The operator stands still, a second one takes over and does the work, and then the first goes on where it was.</summary>
    SecondInstance,
}

/// <summary>One run: a workload, and one disturbance at one point of it.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Disturbance">What happens.</param>
/// <param name="Point">When; null for the run without.</param>
public sealed record Plan(string Workload, Disturbance Disturbance, Point? Point)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Plan Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 3 && Enum.TryParse(parts[1], out Disturbance disturbance) && disturbance != Disturbance.None
            ? new Plan(parts[0], disturbance, Point.Parse(parts[2]))
            : throw new FormatException($"'{text}' is no plan; it has the form WORKLOAD:DISTURBANCE:POINT, as a failing plan is printed.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Workload}:{Disturbance}:{Point}";

    /// <summary>Chance of this plan alone: the same seed and plan give the same run, whatever else is run.</summary>
    public Random Chance(int seed)
    {
        // FNV-1a: string hash codes differ between processes.
        uint hash = 2166136261;
        foreach (char c in ToString())
        {
            hash = (hash ^ c) * 16777619;
        }

        return new Random(HashCodeOf(seed, hash));
    }

    private static int HashCodeOf(int seed, uint hash) => unchecked((int)(hash * 2654435761u) ^ (seed * 486187739));
}
