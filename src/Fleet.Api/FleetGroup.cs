namespace Fleet.Api;

/// <summary>Group and version of the custom resources.</summary>
public static class FleetGroup
{
    /// <summary>API group.</summary>
    public const string Name = "beaconfleet.dev";

    /// <summary>The only version.</summary>
    public const string Version = "v1alpha1";

    /// <summary>The <c>apiVersion</c> of every custom resource.</summary>
    public const string ApiVersion = Name + "/" + Version;
}
