using Beacon.SpecTests.Runner;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.SpecTests.StateTransition;

/// <summary>What cases with a pre-state and, where the transition is valid, a post-state have in common.</summary>
internal static class StateCases
{
    /// <summary>Runs a change on the case's pre-state and compares with its post-state, or demands that it fails where there is none.</summary>
    /// <param name="specCase">The case.</param>
    /// <param name="change">The change, with the verifier to use.</param>
    public static void Run(SpecCase specCase, Action<CachedBeaconState, SignatureVerification> change)
    {
        byte[] pre = specCase.ReadSsz("pre");
        if (specCase.Has("post.ssz_snappy"))
        {
            BeaconState expected = BeaconState.Deserialize(specCase.ReadSsz("post"), specCase.Spec);
            foreach (SignatureVerification mode in Modes(specCase))
            {
                CachedBeaconState state = Load(specCase, pre);
                change(state, mode);
                AssertSame(expected, state);
            }

            return;
        }

        List<InvalidReason> reasons = [];
        foreach (SignatureVerification mode in Modes(specCase))
        {
            CachedBeaconState state = Load(specCase, pre);
            reasons.Add(Assert.Throws<StateTransitionException>(() => change(state, mode)).Reason);
        }

        ExpectedReasons.Check(specCase, reasons[0]);
    }

    /// <summary>A state of a case with its caches.</summary>
    public static CachedBeaconState Load(SpecCase specCase, byte[] ssz) => new(specCase.Spec, BeaconState.Deserialize(ssz, specCase.Spec));

    /// <summary>A verifier of a mode; without signatures, deposits' signatures are off too, as in the specification's tests.</summary>
    public static SignatureVerifier Verifier(SignatureVerification mode) => new(mode, trustDeposits: mode == SignatureVerification.None);

    private static SignatureVerification[] Modes(SpecCase specCase) =>
        specCase.BlsSetting == 2 ? [SignatureVerification.None] : [SignatureVerification.Individual, SignatureVerification.Batch];

    public static void AssertSame(BeaconState expected, CachedBeaconState actual)
    {
        if (actual.HashTreeRoot() != expected.HashTreeRoot())
        {
            Assert.Fail($"The post-state differs: {FirstDifference(expected.ToJsonText(), actual.State.ToJsonText())}");
        }
    }

    private static string ToJsonText(this BeaconState state)
    {
        using MemoryStream stream = new();
        using (System.Text.Json.Utf8JsonWriter writer = new(stream))
        {
            state.WriteJson(writer);
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string FirstDifference(string expected, string actual)
    {
        int position = expected.AsSpan().CommonPrefixLength(actual);
        int start = Math.Max(0, position - 300);
        return $"…{expected[start..Math.Min(expected.Length, position + 60)]}… but …{actual[position..Math.Min(actual.Length, position + 60)]}…";
    }
}
