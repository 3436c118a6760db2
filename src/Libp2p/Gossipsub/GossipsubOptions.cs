using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

/// <summary>Parameters of gossipsub 1.1; defaults are those of the Ethereum consensus p2p specification.</summary>
public sealed record GossipsubOptions
{
    /// <summary>Protocol IDs spoken, newest first.</summary>
    public IReadOnlyList<string> ProtocolIds { get; init; } = ["/meshsub/1.1.0", "/meshsub/1.0.0"];

    /// <summary>Name of a message, and optionally what was decoded on the way. Must not throw.</summary>
    public required MessageIdFunction MessageId { get; init; }

    /// <summary>True: peers take part only after <see cref="GossipsubRouter.Admit"/>; false: as soon as they are connected.</summary>
    public bool RequireAdmission { get; init; }

    /// <summary>Mesh size aimed at. <value>8</value></summary>
    public int D { get; init; } = 8;

    /// <summary>Mesh size below which peers are grafted. <value>6</value></summary>
    public int DLow { get; init; } = 6;

    /// <summary>Mesh size above which peers are pruned. <value>12</value></summary>
    public int DHigh { get; init; } = 12;

    /// <summary>Least peers told of messages outside the mesh. <value>6</value></summary>
    public int DLazy { get; init; } = 6;

    /// <summary>Peers kept by score when the mesh is pruned. <value>4</value></summary>
    public int DScore { get; init; } = 4;

    /// <summary>Peers we dialled that are kept in the mesh. <value>2</value></summary>
    public int DOut { get; init; } = 2;

    /// <summary>Share of the other peers told of messages. <value>0.25</value></summary>
    public double GossipFactor { get; init; } = 0.25;

    /// <summary>Time between heartbeats. <value>700 ms</value></summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>Heartbeats a message can be asked for. <value>6</value></summary>
    public int HistoryLength { get; init; } = 6;

    /// <summary>Heartbeats a message is told of. <value>3</value></summary>
    public int HistoryGossip { get; init; } = 3;

    /// <summary>How long a message counts as seen. <value>2 minutes; two epochs by the specification.</value></summary>
    public TimeSpan SeenTtl { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Most messages remembered as seen; the oldest go first. <value>262,144</value></summary>
    public int MaxSeen { get; init; } = 262_144;

    /// <summary>How long a topic we do not subscribe keeps its peers after we published on it. <value>60 s</value></summary>
    public TimeSpan FanoutTtl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time before a pruned peer may be grafted again. <value>60 s</value></summary>
    public TimeSpan PruneBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same after we left the topic. <value>10 s</value></summary>
    public TimeSpan UnsubscribeBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether own messages go to every peer of the topic, not only to the mesh. <value>true</value></summary>
    public bool FloodPublish { get; init; } = true;

    /// <summary>Longest message accepted, in bytes. <value>10 MiB (GOSSIP_MAX_SIZE)</value></summary>
    public int MaxMessageBytes { get; init; } = 10 << 20;

    /// <summary>Longest RPC accepted, in bytes. <value>11 MiB</value></summary>
    public int MaxRpcBytes { get; init; } = 11 << 20;

    /// <summary>Most subscriptions kept per peer. <value>1,024</value></summary>
    public int MaxTopicsPerPeer { get; init; } = 1024;

    /// <summary>Most messages of one RPC. <value>2,048</value></summary>
    public int MaxMessagesPerRpc { get; init; } = 2048;

    /// <summary>Most control entries of one kind in one RPC. <value>1,024</value></summary>
    public int MaxControlPerRpc { get; init; } = 1024;

    /// <summary>Most message IDs of IHAVE and IWANT taken from a peer per heartbeat. <value>5,000</value></summary>
    public int MaxIHaveIds { get; init; } = 5000;

    /// <summary>Most IHAVE messages taken from a peer per heartbeat. <value>10</value></summary>
    public int MaxIHaveMessages { get; init; } = 10;

    /// <summary>Times one message is sent to one peer that asks for it. <value>3</value></summary>
    public int MaxRetransmissions { get; init; } = 3;

    /// <summary>How long a peer has to deliver what it told of. <value>3 s</value></summary>
    public TimeSpan IWantFollowUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Messages being validated at once; readers wait beyond that. <value>1,024</value></summary>
    public int MaxConcurrentValidations { get; init; } = 1024;

    /// <summary>RPCs waiting to be sent to one peer; newer ones are dropped beyond that. <value>1,024</value></summary>
    public int MaxQueuedRpcs { get; init; } = 1024;

    /// <summary>Bytes waiting to be sent to one peer; newer messages are dropped beyond that. <value>32 MiB</value></summary>
    public int MaxQueuedBytes { get; init; } = 32 << 20;

    /// <summary>Heartbeats between attempts to improve a poor mesh. <value>60</value></summary>
    public int OpportunisticGraftTicks { get; init; } = 60;

    /// <summary>Peer scoring.</summary>
    public PeerScoreOptions Score { get; init; } = new();
}

/// <summary>Names a message. The result's <c>Decoded</c> is handed to the validator with it.</summary>
public delegate (byte[] Id, object? Decoded) MessageIdFunction(string topic, ReadOnlyMemory<byte> data);

/// <summary>Parameters of a peer's score (gossipsub 1.1, P1 to P7).</summary>
public sealed record PeerScoreOptions
{
    /// <summary>Below it no gossip is exchanged.</summary>
    public double GossipThreshold { get; init; } = -4000;

    /// <summary>Below it own messages are not sent to the peer.</summary>
    public double PublishThreshold { get; init; } = -8000;

    /// <summary>Below it everything of the peer is ignored.</summary>
    public double GraylistThreshold { get; init; } = -16000;

    /// <summary>Median mesh score below which better peers are grafted.</summary>
    public double OpportunisticGraftThreshold { get; init; } = 5;

    /// <summary>Time between decays. <value>1 s</value></summary>
    public TimeSpan DecayInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Counters below it become zero.</summary>
    public double DecayToZero { get; init; } = 0.01;

    /// <summary>How long the score of a peer that left is kept. <value>10 minutes</value></summary>
    public TimeSpan RetainScore { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Most scores kept of peers that left. <value>4,096</value></summary>
    public int MaxRetained { get; init; } = 4096;

    /// <summary>Cap of the positive part that topics contribute; 0: none.</summary>
    public double TopicScoreCap { get; init; } = 53.75;

    /// <summary>P5: score by the application; null: 0.</summary>
    public Func<PeerId, double>? ApplicationScore { get; init; }

    /// <summary>P5's weight.</summary>
    public double ApplicationWeight { get; init; } = 1;

    /// <summary>P6: weight of peers beyond the threshold that share an address. Loopback and private ranges are exempt.</summary>
    public double AddressColocationWeight { get; init; } = -35.11;

    /// <summary>P6's threshold.</summary>
    public int AddressColocationThreshold { get; init; } = 10;

    /// <summary>P7: weight of the square of misbehaviours beyond the threshold.</summary>
    public double BehaviourPenaltyWeight { get; init; } = -15.92;

    /// <summary>P7's threshold.</summary>
    public double BehaviourPenaltyThreshold { get; init; } = 6;

    /// <summary>P7's decay per interval.</summary>
    public double BehaviourPenaltyDecay { get; init; } = 0.986;

    /// <summary>Parameters of a topic; null where a topic does not count.</summary>
    public Func<string, TopicScoreOptions?> Topic { get; init; } = static _ => null;
}

/// <summary>Parameters of what a peer's behaviour in one topic contributes.</summary>
public sealed record TopicScoreOptions
{
    /// <summary>Weight of the topic.</summary>
    public double TopicWeight { get; init; } = 0.5;

    /// <summary>P1: weight of time in the mesh.</summary>
    public double TimeInMeshWeight { get; init; } = 0.0324;

    /// <summary>P1: unit of time.</summary>
    public TimeSpan TimeInMeshQuantum { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>P1: cap, in units.</summary>
    public double TimeInMeshCap { get; init; } = 300;

    /// <summary>P2: weight of messages delivered first.</summary>
    public double FirstDeliveriesWeight { get; init; } = 1;

    /// <summary>P2: decay per interval.</summary>
    public double FirstDeliveriesDecay { get; init; } = 0.9928;

    /// <summary>P2: cap.</summary>
    public double FirstDeliveriesCap { get; init; } = 23;

    /// <summary>P3: weight of the square of missing deliveries in the mesh; 0 where few messages are expected.</summary>
    public double MeshDeliveriesWeight { get; init; }

    /// <summary>P3: decay per interval.</summary>
    public double MeshDeliveriesDecay { get; init; } = 0.9928;

    /// <summary>P3: deliveries below which it counts.</summary>
    public double MeshDeliveriesThreshold { get; init; }

    /// <summary>P3: cap.</summary>
    public double MeshDeliveriesCap { get; init; } = 100;

    /// <summary>P3: time in the mesh after which it counts.</summary>
    public TimeSpan MeshDeliveriesActivation { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>P3: how late a duplicate still counts as delivered.</summary>
    public TimeSpan MeshDeliveriesWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>P3b: weight of deficits taken along when pruned.</summary>
    public double MeshFailureWeight { get; init; }

    /// <summary>P3b: decay per interval.</summary>
    public double MeshFailureDecay { get; init; } = 0.9928;

    /// <summary>P4: weight of the square of invalid messages.</summary>
    public double InvalidWeight { get; init; } = -99;

    /// <summary>P4: decay per interval.</summary>
    public double InvalidDecay { get; init; } = 0.9994;
}
