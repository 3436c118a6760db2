using System.Collections.Immutable;
using Beacon.Types;

namespace Beacon.Genesis.Tests;

/// <summary>Keys and configurations for the tests; derived once, because derivation is slow on purpose.</summary>
internal static class GenesisSamples
{
    public const ulong Time = 1_800_000_000;

    private static readonly Lazy<ImmutableArray<GenesisKey>> Derived = new(static () => [.. GenesisBuilder.DeriveKeys(new byte[64], 0, 16)]);

    public static ImmutableArray<GenesisKey> Keys => Derived.Value;

    public static GenesisIdentity Identity { get; } = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", 1);

    public static ChainSpec Spec { get; } = SpecFor(16);

    public static ChainSpec SpecFor(int validators, ulong time = Time) => new(GenesisConfig.Complete("minimal", [], validators, time));
}
