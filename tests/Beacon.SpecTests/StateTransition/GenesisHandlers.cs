using System.Globalization;
using Beacon.Genesis;
using Beacon.SpecTests.Runner;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.StateTransition;

/// <summary>Genesis from deposits, and whether a state may be one.</summary>
public sealed class GenesisHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "genesis";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler switch
    {
        "initialization" => Initialize,
        "validity" => Validate,
        _ => null,
    };

    private static void Initialize(SpecCase specCase)
    {
        int count = int.Parse(((YamlScalarNode)specCase.Meta!["deposits_count"]).Value!, CultureInfo.InvariantCulture);
        Deposit[] deposits = [.. Enumerable.Range(0, count).Select(index => Deposit.Deserialize(specCase.ReadSsz($"deposits_{index}")))];
        var eth1 = (YamlMappingNode)specCase.ReadYaml("eth1.yaml");
        Root hash = Root.Parse(((YamlScalarNode)eth1["eth1_block_hash"]).Value);
        ulong timestamp = ulong.Parse(((YamlScalarNode)eth1["eth1_timestamp"]).Value!, CultureInfo.InvariantCulture);
        CachedBeaconState state = GenesisStates.InitializeBeaconStateFromEth1(specCase.Spec, hash, timestamp, deposits);
        StateCases.AssertSame(BeaconState.Deserialize(specCase.ReadSsz("state"), specCase.Spec), state);
    }

    private static void Validate(SpecCase specCase)
    {
        BeaconState state = BeaconState.Deserialize(specCase.ReadSsz("genesis"), specCase.Spec);
        bool expected = bool.Parse(((YamlScalarNode)specCase.ReadYaml("is_valid.yaml")).Value!);
        Assert.Equal(expected, GenesisStates.IsValidGenesisState(specCase.Spec, state));
    }
}
