using Fleet.Api.Schema;

namespace Fleet.Api;

/// <summary>What is done when finality is beyond repair (docs/recovery.md).</summary>
public sealed class RecoverySpec
{
    /// <summary>Automatic: the chain is begun anew. Manual: a person is asked to. Never: it is left as it is, and no reset is carried out.</summary>
    [Schema(Values = "Automatic|Manual|Never", Default = "\"Automatic\"")]
    public string Mode { get; set => field = value ?? RecoveryModes.Automatic; } = RecoveryModes.Automatic;

    /// <summary>How long the chain must have been seen to be without finality before its age alone counts.</summary>
    [Schema(Default = "\"10m\"")]
    [Rule("duration(self) <= duration('168h')", "must be between 0s and 168h")]
    public Duration MinObserved { get; set; } = new("10m");

    /// <summary>Time from when pods with three quarters of the stake run to the genesis of an iteration that follows another.</summary>
    [Schema(Default = "\"4s\"")]
    [Rule("duration(self) <= duration('24h')", "must be between 0s and 24h")]
    public Duration GenesisDelay { get; set; } = new("4s");

    /// <summary>Time after a reset in which the operator makes no other by itself.</summary>
    [Schema(Default = "\"1h\"")]
    [Rule("duration(self) <= duration('720h')", "must be between 0s and 720h")]
    public Duration Cooldown { get; set; } = new("1h");

    /// <summary>Most resets the operator makes by itself within 24 hours.</summary>
    [Schema(Minimum = 0, Maximum = 100, Default = "3")]
    public int MaxResetsPerDay { get; set; } = 3;

    /// <summary>Databases of chains that have ended.</summary>
    [Schema(Default = "{}")]
    public ArchiveSpec Archive { get; set => field = value ?? new(); } = new();
}

/// <summary>Databases of chains that have ended.</summary>
public sealed class ArchiveSpec
{
    /// <summary>Whether one node keeps its database when the chain is begun anew.</summary>
    [Schema(Default = "true")]
    public bool Enabled { get; set; } = true;

    /// <summary>Chains of which a database is kept; older ones go when their node next starts.</summary>
    [Schema(Minimum = 1, Maximum = 8, Default = "3")]
    public int Keep { get; set; } = 3;
}

/// <summary>Modes of <see cref="RecoverySpec"/>.</summary>
public static class RecoveryModes
{
    /// <summary>The operator begins the chain anew.</summary>
    public const string Automatic = "Automatic";

    /// <summary>The operator asks for it.</summary>
    public const string Manual = "Manual";

    /// <summary>Nobody does.</summary>
    public const string Never = "Never";
}
