using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>Holds the arrows between projects: what a project may reference is written here and nowhere looser.</summary>
public sealed class ProjectArrowTests
{
    /// <summary>Project → direct references it may have. A reference that is not listed fails, so that a new arrow is a reviewed decision.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Fleet.Kubernetes.Models"] = [],
        ["Fleet.Api"] = ["Fleet.Kubernetes.Models"],
        ["Fleet.Kubernetes"] = ["Fleet.Kubernetes.Models"],
        ["Fleet.Planning"] = ["Fleet.Api", "Beacon.Genesis"],
        ["Fleet.Operator"] = ["Fleet.Api", "Fleet.Kubernetes", "Fleet.Planning", "Beacon.ApiClient"],
        ["Fleet.Manager"] = ["Fleet.Operator", "Beacon.Metrics"],
        ["Fleet.LocalCluster"] = ["Fleet.Kubernetes"],
        ["Fleet.Cli"] = ["Fleet.Api", "Fleet.Kubernetes", "Fleet.Planning", "Fleet.Operator", "Fleet.LocalCluster", "Beacon.Metrics"],
        ["Fleet.CrdGen"] = ["Fleet.Api"],
        ["Beacon.Ssz"] = [],
        ["Beacon.Ssz.Generator"] = [],
        ["Beacon.Crypto"] = [],
        ["Beacon.Metrics"] = [],
        ["Beacon.Types"] = ["Beacon.Ssz", "Beacon.Ssz.Generator"],
        ["Beacon.StateTransition"] = ["Beacon.Types", "Beacon.Crypto"],
        ["Beacon.Genesis"] = ["Beacon.StateTransition"],
        ["Beacon.ForkChoice"] = ["Beacon.Types"],
        ["Beacon.Storage"] = ["Beacon.Types"],
        ["Beacon.Chain"] = ["Beacon.ForkChoice", "Beacon.StateTransition", "Beacon.Storage"],
        ["Libp2p"] = [],
        ["Beacon.Networking"] = ["Beacon.Chain", "Libp2p"],
        ["Beacon.ApiClient"] = ["Beacon.Types"],
        ["Beacon.Validator"] = ["Beacon.ApiClient", "Beacon.Crypto", "Beacon.Metrics"],
        ["Beacon.Node"] = ["Beacon.Genesis", "Beacon.Networking", "Beacon.ApiClient", "Beacon.Metrics"],
        ["Beacon.Cli"] = ["Beacon.Node", "Beacon.Validator", "Beacon.Genesis"],
    };

    public static TheoryData<string> Projects => [.. ProjectFiles().Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_is_listed(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} is new: list what it may reference, and why it exists in docs/decisions.");

        string file = ProjectFiles().Single(path => Path.GetFileNameWithoutExtension(path) == project);
        IEnumerable<string> references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Empty(references.Except(Allowed[project], StringComparer.Ordinal));
    }

    [Fact]
    public void Beacon_never_reaches_Fleet() =>
        Assert.DoesNotContain(
            Allowed.Where(entry => !entry.Key.StartsWith("Fleet.", StringComparison.Ordinal)).SelectMany(entry => entry.Value),
            reference => reference.StartsWith("Fleet.", StringComparison.Ordinal));

    [Fact]
    public void Every_project_has_a_test_twin_or_is_a_thin_host()
    {
        string[] withoutTwin = ["Beacon.Ssz.Generator", "Fleet.CrdGen", "Fleet.Kubernetes.Models"];
        IEnumerable<string> missing = Allowed.Keys
            .Except(withoutTwin, StringComparer.Ordinal)
            .Where(project => Directory.Exists(Path.Combine(Repository.Root, "src", project)))
            .Where(project => !Directory.Exists(Path.Combine(Repository.Root, "tests", project + ".Tests")));

        Assert.Empty(missing);
    }

    private static IEnumerable<string> ProjectFiles() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
}
