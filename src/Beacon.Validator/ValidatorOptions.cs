using System.Net;
using Beacon.Types;

namespace Beacon.Validator;

/// <summary>What <c>beacon validator</c> is told.</summary>
public sealed record ValidatorOptions
{
    /// <summary>Directory of the iteration's files; waited for until <c>manifest.json</c> is there.</summary>
    public required string NetworkDirectory { get; init; }

    /// <summary>File with the list of fenced iterations; re-read before every signature; may be missing.</summary>
    public required string PeersFile { get; init; }

    /// <summary>Where the slashing-protection database lives.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Iteration this process was made for.</summary>
    public required long Iteration { get; init; }

    /// <summary>Address of the metrics listener and of every outgoing socket. <value>Any by default: the system chooses.</value></summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Any;

    /// <summary>Beacon nodes in order of preference; the next one is used when one fails.</summary>
    public required IReadOnlyList<Uri> BeaconNodes { get; init; }

    /// <summary>Directory with keystores, <c>password.txt</c> and <c>keys.json</c>; read once.</summary>
    public required string KeysDirectory { get; init; }

    /// <summary>TCP port of <c>/metrics</c> and <c>/healthz</c>. <value>8009 by default; 0 takes a free one.</value></summary>
    public int MetricsPort { get; init; } = 8009;

    /// <summary>First epoch whose duties are done: slashing protection is raised to it before anything is signed. <value>0 by default: no bound.</value></summary>
    public Epoch SignFromEpoch { get; init; }

    /// <summary>Up to 32 bytes of text put into blocks; the node's own when empty.</summary>
    public string Graffiti { get; init; } = "";

    /// <summary>What another program than <c>beacon</c> puts between the client and its beacon nodes; nothing by default.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler> HttpHandler { get; init; } = static handler => handler;
}

/// <summary>Exit codes of the <c>beacon</c> executable that concern the validator client.</summary>
public static class ExitCodes
{
    /// <summary>Stopped as asked.</summary>
    public const int Clean = 0;

    /// <summary>Something unforeseen.</summary>
    public const int Internal = 1;

    /// <summary>Bad arguments or configuration.</summary>
    public const int BadConfiguration = 2;

    /// <summary>Wrong genesis or iteration.</summary>
    public const int WrongChain = 3;

    /// <summary>Keys or slashing database refused.</summary>
    public const int KeysRefused = 5;
}

/// <summary>A reason to stop with an exit code; the message is one sentence for the user.</summary>
public sealed class ValidatorStopException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>From <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
