using Beacon.Chain;
using Beacon.Metrics;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary>What the routes answer from. The chain is there once the node has its network directory.</summary>
public sealed class ApiContext(INodeNetwork network, MetricsRegistry metrics, TimeProvider time, string version)
{
    private BeaconChain? _chain;
    private bool _isReady;

    /// <summary>The network's part: identity and peers.</summary>
    public INodeNetwork Network { get; } = network;

    /// <summary>What <c>/metrics</c> shows.</summary>
    public MetricsRegistry Metrics { get; } = metrics;

    /// <summary>Time.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>Product and version.</summary>
    public string Version { get; } = version;

    /// <summary>Whether the network directory was read and found right, and the node runs.</summary>
    public bool IsReady
    {
        get => Volatile.Read(ref _isReady);
        set => Volatile.Write(ref _isReady, value);
    }

    /// <summary>The chain, or null while the node waits for its network directory; a bootnode has none.</summary>
    public BeaconChain? Chain
    {
        get => Volatile.Read(ref _chain);
        set => Volatile.Write(ref _chain, value);
    }
}

/// <summary>A peer as the Beacon API shows it.</summary>
/// <param name="PeerId">Its peer ID.</param>
/// <param name="Address">Its multiaddress.</param>
/// <param name="State">connected, connecting, disconnected or disconnecting.</param>
/// <param name="Direction">inbound or outbound.</param>
/// <param name="Agent">What it calls itself, or null.</param>
public sealed record NodePeerInfo(string PeerId, string Address, string State, string Direction, string? Agent);

/// <summary>A committee that a validator of this node serves.</summary>
public sealed record CommitteeSubscription(ValidatorIndex Validator, CommitteeIndex Committee, ulong CommitteesAtSlot, Slot Slot, bool IsAggregator);

/// <summary>What the Beacon API asks of the network.</summary>
public interface INodeNetwork
{
    /// <summary>Own peer ID.</summary>
    string PeerId { get; }

    /// <summary>Own multiaddresses with the peer ID.</summary>
    IReadOnlyList<string> P2pAddresses { get; }

    /// <summary>Own node record; empty without discovery.</summary>
    string Enr { get; }

    /// <summary>Own metadata.</summary>
    Metadata Metadata { get; }

    /// <summary>All known peers.</summary>
    IReadOnlyList<NodePeerInfo> Peers { get; }

    /// <summary>Takes the committees of this node's validators into account.</summary>
    void Subscribe(IReadOnlyList<CommitteeSubscription> subscriptions);
}

/// <summary>An answer other than success, with the Beacon API's error body.</summary>
public sealed class ApiException(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    internal static ApiException BadRequest(string message) => new(400, message);

    internal static ApiException NotFound(string message) => new(404, message);

    internal static ApiException NotAcceptable() => new(406, "The Accept header permits nothing that this route can answer with: application/json, and application/octet-stream for blocks and states.");

    internal static ApiException Unavailable(string message) => new(503, message);
}

/// <summary>Reading of requests.</summary>
internal static class Request
{
    /// <summary>Largest body that is read, in bytes.</summary>
    public const int MaxBody = 16 << 20;

    public static string Route(this HttpContext context, string name) => (string?)context.Request.RouteValues[name] ?? "";

    public static ulong RouteNumber(this HttpContext context, string name) => Number(context.Route(name), name);

    public static ulong QueryNumber(this HttpContext context, string name) =>
        Number(context.Request.Query[name].ToString() is { Length: > 0 } text ? text : throw ApiException.BadRequest($"The query parameter '{name}' is missing."), name);

    public static ulong? OptionalQueryNumber(this HttpContext context, string name) =>
        context.Request.Query[name].ToString() is { Length: > 0 } text ? Number(text, name) : null;

    public static ulong Number(string text, string name) =>
        ulong.TryParse(text, System.Globalization.NumberStyles.None, null, out ulong value)
            ? value
            : throw ApiException.BadRequest($"'{name}' is '{Shorten(text)}'; a decimal number is wanted.");

    public static Root QueryRoot(this HttpContext context, string name) =>
        Root.TryParse(context.Request.Query[name].ToString(), out Root root) ? root : throw ApiException.BadRequest($"'{name}' must be 32 bytes as hexadecimal.");

    /// <summary>Values of a query parameter, given repeatedly or separated by commas.</summary>
    public static List<string> QueryList(this HttpContext context, string name) =>
        [.. context.Request.Query[name].SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>Whether the answer of a route that has both encodings is SSZ.</summary>
    /// <exception cref="ApiException">406: the client takes neither.</exception>
    public static bool WantsSsz(this HttpContext context)
    {
        AcceptedTypes accepted = AcceptedTypes.Parse(context.Request.Headers.Accept.ToString());
        return accepted.Ssz > 0 || accepted.Json > 0 ? accepted.PrefersSsz : throw ApiException.NotAcceptable();
    }

    /// <summary>Refuses a client that does not take JSON.</summary>
    /// <exception cref="ApiException">406.</exception>
    public static void RequireJsonAccepted(this HttpContext context)
    {
        if (AcceptedTypes.Parse(context.Request.Headers.Accept.ToString()).Json <= 0)
        {
            throw ApiException.NotAcceptable();
        }
    }

    /// <summary>Whether the body is SSZ; JSON is the only other encoding, and what a body without a type is taken for.</summary>
    /// <exception cref="ApiException">415: neither, or SSZ where the route does not take it; 400: a fork that does not exist here.</exception>
    public static bool IsSsz(this HttpContext context, bool sszAllowed = true)
    {
        string fork = context.Request.Headers["Eth-Consensus-Version"].ToString();
        if (fork.Length > 0 && !fork.Equals(Response.Fork, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.BadRequest($"'{Shorten(fork)}' is not a fork of this chain; its only fork is {Response.Fork}.");
        }

        string type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        return type.ToUpperInvariant() switch
        {
            "" or "APPLICATION/JSON" => false,
            "APPLICATION/OCTET-STREAM" when sszAllowed => true,
            _ => throw new ApiException(415, $"The body's type '{Shorten(type)}' is not taken here; send application/json{(sszAllowed ? " or application/octet-stream" : "")}."),
        };
    }

    /// <summary>The body of a route that takes JSON only.</summary>
    public static Task<byte[]> JsonBodyAsync(this HttpContext context)
    {
        context.IsSsz(sszAllowed: false);
        return context.BodyAsync();
    }

    public static async Task<byte[]> BodyAsync(this HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    public static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
