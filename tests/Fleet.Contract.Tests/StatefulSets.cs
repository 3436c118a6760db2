namespace Fleet.Contract.Tests;

/// <summary>Manifests that several suites use.</summary>
public static class StatefulSets
{
    /// <summary>The least a StatefulSet must say.</summary>
    public static string Minimal(string name) => """
        {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"@name"},"spec":{"serviceName":"svc","selector":{"matchLabels":{"a":"b"}},
        "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"main","image":"example/beacon:1.0","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"ports":[{"containerPort":9000}]}]}}}}
        """.Replace("@name", name, StringComparison.Ordinal);

    /// <summary>A pod nobody runs.</summary>
    public static string Pod(string name) =>
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"@name"},"spec":{"containers":[{"name":"main","image":"example/beacon:1.0"}]}}""".Replace("@name", name, StringComparison.Ordinal);
}
