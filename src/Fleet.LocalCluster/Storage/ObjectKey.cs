namespace Fleet.LocalCluster.Storage;

/// <summary>Where objects of one kind are kept, whichever version they are served in.</summary>
/// <param name="Group">API group, empty for the core group.</param>
/// <param name="Plural">Plural resource name, e.g. <c>pods</c>.</param>
public readonly record struct GroupResource(string Group, string Plural)
{
    /// <summary>As Kubernetes names it in messages: <c>pods</c>, <c>statefulsets.apps</c>.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>The identity of one object in the store.</summary>
/// <param name="Resource">Its kind.</param>
/// <param name="Namespace">Its namespace, empty for cluster-scoped objects.</param>
/// <param name="Name">Its name.</param>
public readonly record struct ObjectKey(GroupResource Resource, string Namespace, string Name);
