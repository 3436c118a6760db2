using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Fleet.Cli.Drill;

/// <summary>A drill that was begun, with everything that undoing it takes.</summary>
internal sealed record DrillRecord
{
    /// <summary>Its number among the drills of this fleet.</summary>
    public required int Id { get; init; }

    /// <summary>Which drill.</summary>
    public required string Drill { get; init; }

    /// <summary>Name of the Testnet.</summary>
    public required string Testnet { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Nodes that it hits.</summary>
    public required ImmutableArray<string> Nodes { get; init; }

    /// <summary>Their keys together.</summary>
    public required int Keys { get; init; }

    /// <summary>Keys of the testnet.</summary>
    public required int TotalKeys { get; init; }

    /// <summary>Processes that were stopped.</summary>
    public ImmutableArray<ProcessMark> Processes { get; init; } = [];

    /// <summary>Table of the firewall that was made.</summary>
    public string? Table { get; init; }

    /// <summary>What is loaded into the firewall.</summary>
    public string? Rules { get; init; }

    /// <summary>Offset of the clocks, as the nodes are told it.</summary>
    public string? Offset { get; init; }

    /// <summary>The lie that is told.</summary>
    public string? Lie { get; init; }

    /// <summary>Nodes and stake in words.</summary>
    [JsonIgnore]
    public string Whom => string.Create(
        CultureInfo.InvariantCulture, $"{string.Join(", ", Nodes)} ({Keys} of {TotalKeys} keys, {(TotalKeys == 0 ? 0 : Keys * 100.0 / TotalKeys):0.#} % of the stake)");
}

/// <summary>A process, told from later ones of the same number by when it started.</summary>
/// <param name="Id">Process id.</param>
/// <param name="Start">Start time in clock ticks since boot.</param>
internal sealed record ProcessMark(int Id, long Start);

/// <summary>The file of the drills of a fleet.</summary>
/// <param name="Next">Number of the next drill.</param>
/// <param name="Drills">Drills that were begun and not undone.</param>
internal sealed record DrillFile(int Next, ImmutableArray<DrillRecord> Drills);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DrillFile))]
internal sealed partial class DrillJson : JsonSerializerContext;
