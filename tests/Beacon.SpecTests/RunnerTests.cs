using Beacon.SpecTests.Runner;
using Snappier;

namespace Beacon.SpecTests;

/// <summary>The runner itself: what it reads, and that it passes over nothing.</summary>
public sealed class RunnerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("spec-runner-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_file_nobody_read_is_reported_and_one_left_out_on_purpose_is_not()
    {
        SpecCase specCase = Case(("pre.ssz_snappy", Snappy.CompressToArray([1, 2, 3])), ("meta.yaml", "{bls_setting: 2}"u8.ToArray()), ("extra.yaml", []), ("note.yaml", []));
        Assert.Equal([1, 2, 3], specCase.ReadSsz("pre"));
        Assert.Equal(2, specCase.BlsSetting);
        specCase.Ignore("note.yaml", "a note");
        Assert.Equal(["extra.yaml"], specCase.Unread);
        Assert.Throws<FileNotFoundException>(() => specCase.ReadSsz("post"));
    }

    [Fact]
    public void A_folder_is_read_with_or_without_tests_in_front_and_with_its_own_configuration()
    {
        foreach (string prefix in (string[])["tests", ""])
        {
            string archive = Path.Combine(_root, "archive" + prefix);
            string handler = Path.Combine(archive, prefix, "mainnet", "phase0", "sanity", "slots");
            Directory.CreateDirectory(Path.Combine(handler, "pyspec_tests", "slots_1"));
            Directory.CreateDirectory(Path.Combine(archive, prefix, "mainnet", "altair"));
            File.WriteAllText(Path.Combine(handler, "pyspec_tests", "slots_1", "slots.yaml"), "1");
            File.WriteAllText(Path.Combine(archive, "config.yaml"), "CHURN_LIMIT_QUOTIENT: 7");
            SpecArchive opened = SpecArchive.Open(archive);
            SpecRow row = Assert.Single(opened.Rows());
            SpecCase specCase = Assert.Single(row.Cases());
            Assert.Equal("mainnet/phase0/sanity/slots/pyspec_tests/slots_1", specCase.ToString());
            Assert.Equal("mainnet", specCase.Spec.Preset.Name);
            Assert.Equal(7UL, specCase.Spec.Config.ChurnLimitQuotient);
            Assert.Equal(["altair"], opened.SkippedForks());
            Assert.Empty(row.Strays());
        }
    }

    [Fact]
    public void Files_outside_of_cases_are_strays()
    {
        string handler = Path.Combine(_root, "minimal", "phase0", "sanity", "slots");
        Directory.CreateDirectory(Path.Combine(handler, "suite", "case", "deeper"));
        File.WriteAllText(Path.Combine(handler, "suite", "lost.yaml"), "");
        SpecRow row = Assert.Single(SpecArchive.Open(_root).Rows());
        Assert.Equal(["lost.yaml", "deeper"], row.Strays().Select(static path => Path.GetFileName(path)));
    }

    [Fact]
    public void A_folder_without_vectors_is_refused() =>
        Assert.Contains("holds no phase0 vectors", Assert.Throws<InvalidOperationException>(() => SpecArchive.Open(_root).Rows()).Message, StringComparison.Ordinal);

    [Fact]
    public void Unknown_runners_and_handlers_have_no_delegate()
    {
        Assert.Null(HandlerRegistry.Find("operations", "withdrawals"));
        Assert.Null(HandlerRegistry.Find("light_client", "sync"));
        Assert.NotNull(HandlerRegistry.Find("operations", "attestation"));
    }

    private SpecCase Case(params (string Name, byte[] Content)[] files)
    {
        string directory = Path.Combine(_root, "minimal", "phase0", "runner", "handler", "suite", "case");
        Directory.CreateDirectory(directory);
        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), content);
        }

        return SpecCase.FromDirectory(SpecArchive.Open(_root), "minimal", "phase0", "runner", "handler", "suite", directory);
    }
}
