namespace Fleet.Api;

/// <summary>Labels on everything the operator makes.</summary>
public static class Labels
{
    /// <summary>What the thing is: <c>beacon</c>.</summary>
    public const string AppName = "app.kubernetes.io/name";

    /// <summary>The testnet, as tools outside know it.</summary>
    public const string AppInstance = "app.kubernetes.io/instance";

    /// <summary>The part: bootnode, node, network, keys.</summary>
    public const string AppComponent = "app.kubernetes.io/component";

    /// <summary>Always <see cref="ManagedByValue"/>.</summary>
    public const string AppManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>Value of <see cref="AppManagedBy"/>, and the field manager of every server-side apply.</summary>
    public const string ManagedByValue = "fleet-operator";

    /// <summary>Value of <see cref="AppName"/>.</summary>
    public const string AppNameValue = "beacon";

    /// <summary>Name of the Testnet.</summary>
    public const string Testnet = FleetGroup.Name + "/testnet";

    /// <summary>Name of the BeaconNode.</summary>
    public const string Node = FleetGroup.Name + "/node";

    /// <summary>Role of the node, see <see cref="NodeRoles"/>.</summary>
    public const string Role = FleetGroup.Name + "/role";

    /// <summary>Name of the pool.</summary>
    public const string Pool = FleetGroup.Name + "/pool";

    /// <summary>Number of the iteration.</summary>
    public const string Iteration = FleetGroup.Name + "/iteration";

    /// <summary>Name of the CanaryRollout.</summary>
    public const string Rollout = FleetGroup.Name + "/rollout";

    /// <summary>Name of the ChainReset.</summary>
    public const string Reset = FleetGroup.Name + "/reset";

    /// <summary>Must be "true" on a Secret that a spec refers to, so that a testnet cannot read Secrets not meant for it.</summary>
    public const string Use = FleetGroup.Name + "/use";
}

/// <summary>Annotations read or written by the operator.</summary>
public static class Annotations
{
    /// <summary>On a Testnet, any value: carry out a scale-down that leaves too little stake. On a ChainReset, any value: go on though a pod of the old chain is not known to be gone.</summary>
    public const string Force = FleetGroup.Name + "/force";

    /// <summary>On a Testnet, with the reason as its value: another image is rolled out although finality is lost, in batches under a third of the stake.</summary>
    public const string Emergency = FleetGroup.Name + "/emergency";

    /// <summary>On a Testnet, any value: a change of it has a refused image tried again.</summary>
    public const string Retry = FleetGroup.Name + "/retry";

    /// <summary>On a Testnet: number of the term whose leader wrote last to it or to what belongs to it.</summary>
    public const string Term = FleetGroup.Name + "/term";

    /// <summary>On a child: hash of what the operator last applied, so that a field it no longer sets is noticed.</summary>
    public const string AppliedHash = FleetGroup.Name + "/applied-hash";

    /// <summary>On a pod: hash of the template it was made from.</summary>
    public const string TemplateHash = FleetGroup.Name + "/template-hash";

    /// <summary>On a pod that was there before its iteration's network files: their genesis root. The change makes its kubelet mount them now.</summary>
    public const string Network = FleetGroup.Name + "/network";

    /// <summary>On a BeaconNode and on its keys Secret: positions of its keys in the assignment, such as 0-15.</summary>
    public const string Keys = FleetGroup.Name + "/keys";
}

/// <summary>Roles of a BeaconNode.</summary>
public static class NodeRoles
{
    /// <summary>Found by others; holds no chain.</summary>
    public const string Bootnode = "bootnode";

    /// <summary>Keeps recent states.</summary>
    public const string Node = "node";

    /// <summary>Keeps all states.</summary>
    public const string Archive = "archive";

    /// <summary>Of the pair that new images are tried on: the one that keeps the stable image.</summary>
    public const string Baseline = "baseline";

    /// <summary>Of the pair: the one that gets the new image.</summary>
    public const string Canary = "canary";

    /// <summary>Whether a node is one of the pair that new images are tried on.</summary>
    public static bool IsOfPair(string? role) => role is Baseline or Canary;
}
