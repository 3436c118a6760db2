using System.Collections.Immutable;
using Fleet.Cli.Common;
using Fleet.Cli.Drill.Drills;

namespace Fleet.Cli.Drill;

/// <summary>Every drill there is.</summary>
internal static class AllDrills
{
    /// <summary>The only one that takes --offset.</summary>
    public const string WithOffset = "clock-skew";

    /// <summary>In the order of help texts.</summary>
    public static ImmutableArray<IDrill> List { get; } =
    [
        new PartitionDrill(), new StopStakeDrill(), new DestroyStakeDrill(), new ClockSkewDrill(), new KillAllDrill(), new CorruptDatabaseDrill(), new LyingNodeDrill(),
    ];

    /// <summary>The drill of a name.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static IDrill Of(string name) => List.FirstOrDefault(drill => drill.Name == name)
        ?? throw new CliException($"There is no drill '{SafeText.Neutralise(name)}'; there are {string.Join(", ", List.Select(drill => drill.Name))}, and list and undo.", ExitCodes.BadInput);
}
