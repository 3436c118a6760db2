using System.Net;
using Beacon.Chain;
using Beacon.Chain.Duties;
using Beacon.Storage;

namespace Beacon.Node;

/// <summary>What <c>beacon node</c> and <c>beacon bootnode</c> are started with (docs/contracts.md).</summary>
public sealed record NodeOptions
{
    /// <summary>Directory of the iteration's files; waited for until it is complete.</summary>
    public required string NetworkDirectory { get; init; }

    /// <summary>Peers file, re-read when it changes; may be missing.</summary>
    public required string PeersFile { get; init; }

    /// <summary>File with the libp2p identity: 64 hexadecimal digits of a secp256k1 key.</summary>
    public required string IdentityFile { get; init; }

    /// <summary>Where chains are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The iteration this process was made for.</summary>
    public required int Iteration { get; init; }

    /// <summary>Address of every listener and every outgoing socket.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port of libp2p. <value>9000 by default.</value></summary>
    public int P2pPort { get; init; } = 9000;

    /// <summary>TCP port of the Beacon API. <value>5052 by default.</value></summary>
    public int HttpPort { get; init; } = 5052;

    /// <summary>TCP port of the metrics. <value>8008 by default.</value></summary>
    public int MetricsPort { get; init; } = 8008;

    /// <summary>Names of chain directories that are not removed at start.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Appended to the chain directory's name; empty for none.</summary>
    public string ChainDirectorySuffix { get; init; } = "";

    /// <summary>Ranges of validators whose duties the metrics count, whoever does them.</summary>
    public IReadOnlyList<DutyGroup> DutyGroups { get; init; } = [];

    /// <summary>Beacon API of a trusted node whose finalized state an empty database starts from; null to start from genesis.</summary>
    public Uri? CheckpointSyncUrl { get; init; }

    /// <summary>Limits of that start.</summary>
    public CheckpointSyncLimits CheckpointSyncLimits { get; init; } = new();

    /// <summary>Whether the database may be migrated to a format that the release before does not read.</summary>
    public bool MigrateDatabase { get; init; }

    /// <summary>Parts that another program than <c>beacon</c> may put its own in the place of.</summary>
    public NodeParts Parts { get; init; } = new();

    /// <summary>Whether this is a bootnode: identity, health, metrics and peers, but no chain.</summary>
    public bool Bootnode { get; init; }
}

/// <summary>The seams of a node: what a program that hosts one may decorate or exchange.</summary>
public sealed record NodeParts
{
    /// <summary>Formats of the database that the program works with.</summary>
    public DatabaseFormats DatabaseFormats { get; init; } = DatabaseFormats.Current;

    /// <summary>Stands between the network and the chain for what comes in; nothing by default.</summary>
    public Func<IGossipReceiver, IGossipReceiver> Receiver { get; init; } = static receiver => receiver;

    /// <summary>Stands between the chain and the network for what goes out; nothing by default.</summary>
    public Func<IGossipPublisher, IGossipPublisher> Publisher { get; init; } = static publisher => publisher;
}

/// <summary>Exit codes of the <c>beacon</c> command (docs/contracts.md).</summary>
public static class ExitCodes
{
    /// <summary>Stopped as asked.</summary>
    public const int Clean = 0;

    /// <summary>An error inside the program or of the machine.</summary>
    public const int Internal = 1;

    /// <summary>Bad arguments or configuration.</summary>
    public const int BadConfiguration = 2;

    /// <summary>The files are of another iteration or genesis.</summary>
    public const int WrongGenesis = 3;

    /// <summary>The database is damaged.</summary>
    public const int DatabaseDamaged = 4;

    /// <summary>Keys or the slashing database were refused.</summary>
    public const int KeysRefused = 5;
}

/// <summary>Why the process must end, in one sentence, and with which code.</summary>
public sealed class NodeException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code.</summary>
    public int ExitCode { get; } = exitCode;
}
