using System.Collections.Immutable;
using Fleet.Api;

namespace Fleet.Planning.Recovery;

/// <summary>What is to be done when a chain is beyond repair, and what happened of the kind before.</summary>
public sealed record RecoveryPolicy
{
    /// <summary>See <see cref="RecoveryModes"/>.</summary>
    public string Mode { get; init; } = RecoveryModes.Automatic;

    /// <summary>Epochs without finality after which it counts as lost.</summary>
    public required int FinalityLostEpochs { get; init; }

    /// <summary>How long the chain must have been seen without finality before age alone counts.</summary>
    public TimeSpan MinObserved { get; init; }

    /// <summary>Time after a reset without another.</summary>
    public TimeSpan Cooldown { get; init; }

    /// <summary>Most resets within 24 hours.</summary>
    public int MaxResetsPerDay { get; init; } = 3;

    /// <summary>What can be foretold of the stake.</summary>
    public required StakeForecast Forecast { get; init; }

    /// <summary>When the network began another iteration, the latest last.</summary>
    public ImmutableArray<DateTimeOffset> Resets { get; init; } = [];

    /// <summary>The ChainReset that was asked for to end the running iteration already; null: none.</summary>
    public ChainReset? Asked { get; init; }

    /// <summary>Whether a reset is under way, so that nothing is judged.</summary>
    public bool IsResetting { get; init; }

    /// <summary>Until when it is awaited that a roll-out is taken back, and that this helps; null: none is.</summary>
    public DateTimeOffset? RollbackUntil { get; init; }
}
