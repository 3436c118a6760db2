using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>Something a tenant tries.</summary>
/// <param name="Name">What it is.</param>
/// <param name="IsAccepted">What the operator should say of the object.</param>
/// <param name="IsNode">Whether it is a BeaconNode <c>evil</c> beside a testnet <c>net</c>, and not the testnet itself.</param>
/// <param name="ChangeTestnet">What is special about the testnet.</param>
/// <param name="ChangeNode">What is special about the node; the second argument is the testnet as stored.</param>
internal sealed record Probe(string Name, bool IsAccepted, bool IsNode, Action<Testnet> ChangeTestnet, Action<BeaconNode, Testnet> ChangeNode)
{
    /// <summary>What lies in the namespace before; it must be as it was afterwards.</summary>
    public Func<string, IKubernetesObject[]> Plants { get; init; } = _ => [];

    /// <summary>A merge patch of the object as it is sent, for what the types cannot say.</summary>
    public string Raw { get; init; } = "{}";

    /// <summary>A status that the tenant writes afterwards; null: none.</summary>
    public string? Status { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>A testnet that is refused.</summary>
    public static Probe Refused(string name, Action<Testnet> change) => new(name, false, false, change, (_, _) => { });

    /// <summary>A testnet that is accepted, and gets no further for it.</summary>
    public static Probe Accepted(string name, Action<Testnet> change) => new(name, true, false, change, (_, _) => { });

    /// <summary>A node that is refused.</summary>
    public static Probe NodeRefused(string name, Action<BeaconNode, Testnet> change) => new(name, false, true, _ => { }, change);

    /// <summary>A node that is accepted, and gets no further for it.</summary>
    public static Probe NodeAccepted(string name, Action<BeaconNode, Testnet> change) => new(name, true, true, _ => { }, change);
}
