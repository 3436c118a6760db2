using System.Globalization;
using Beacon.Types;

namespace Beacon.Networking.Gossip;

/// <summary>Kinds of gossip topics in phase0.</summary>
public enum GossipTopicKind
{
    /// <summary>Blocks.</summary>
    BeaconBlock,

    /// <summary>Aggregates with proofs.</summary>
    BeaconAggregateAndProof,

    /// <summary>Unaggregated attestations of one subnet.</summary>
    BeaconAttestation,

    /// <summary>Exits.</summary>
    VoluntaryExit,

    /// <summary>Proposer slashings.</summary>
    ProposerSlashing,

    /// <summary>Attester slashings.</summary>
    AttesterSlashing,
}

/// <summary>Names of topics: <c>/eth2/&lt;digest&gt;/&lt;name&gt;/ssz_snappy</c>.</summary>
public sealed class GossipTopics(ForkDigest digest)
{
    private readonly string _prefix = $"/eth2/{Digest(digest)}/";

    /// <summary>Blocks.</summary>
    public string BeaconBlock => Name("beacon_block");

    /// <summary>Aggregates.</summary>
    public string BeaconAggregateAndProof => Name("beacon_aggregate_and_proof");

    /// <summary>Exits.</summary>
    public string VoluntaryExit => Name("voluntary_exit");

    /// <summary>Proposer slashings.</summary>
    public string ProposerSlashing => Name("proposer_slashing");

    /// <summary>Attester slashings.</summary>
    public string AttesterSlashing => Name("attester_slashing");

    /// <summary>Attestations of a subnet.</summary>
    public string BeaconAttestation(int subnet) => Name(string.Create(CultureInfo.InvariantCulture, $"beacon_attestation_{subnet}"));

    /// <summary>Most bytes of an uncompressed message of a topic, by the largest value its type has.</summary>
    public static int MaxUncompressed(string topic, int maxPayload) => topic switch
    {
        _ when topic.Contains("/beacon_block/", StringComparison.Ordinal) => maxPayload,
        _ when topic.Contains("/attester_slashing/", StringComparison.Ordinal) => 64 * 1024,
        _ => 4096,
    };

    private static string Digest(ForkDigest digest)
    {
        Span<byte> bytes = stackalloc byte[4];
        digest.Serialize(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private string Name(string name) => $"{_prefix}{name}/ssz_snappy";
}
