using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Beacon.Types;
using Snappier;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.Runner;

/// <summary>One case of the vectors: where it lies, what it is, and access to its files. Remembers which files were read.</summary>
public sealed class SpecCase
{
    private readonly string _directory;
    private readonly HashSet<string> _files;
    private readonly ConcurrentDictionary<string, string> _seen = new(StringComparer.Ordinal);

    private SpecCase(SpecArchive archive, string preset, string fork, string runner, string handler, string suite, string name, string directory, IEnumerable<string> files)
    {
        Archive = archive;
        Preset = preset;
        Fork = fork;
        Runner = runner;
        Handler = handler;
        Suite = suite;
        Name = name;
        _directory = directory;
        _files = new HashSet<string>(files, StringComparer.Ordinal);
    }

    /// <summary>The archive the case is from.</summary>
    public SpecArchive Archive { get; }

    /// <summary><c>minimal</c>, <c>mainnet</c> or <c>general</c>; empty in the JSON archives.</summary>
    public string Preset { get; }

    /// <summary><c>phase0</c>; empty in the JSON archives.</summary>
    public string Fork { get; }

    public string Runner { get; }

    public string Handler { get; }

    public string Suite { get; }

    public string Name { get; }

    /// <summary>Settings of <c>meta.yaml</c>, or null where there is none.</summary>
    public YamlMappingNode? Meta => Has("meta.yaml") ? (YamlMappingNode)ReadYaml("meta.yaml") : null;

    /// <summary>The <c>bls_setting</c>: 0 = as you like, 1 = signatures must be checked, 2 = signatures must not be checked.</summary>
    public int BlsSetting => Meta is { } meta && meta.Children.TryGetValue(new YamlScalarNode("bls_setting"), out YamlNode? value)
        ? int.Parse(((YamlScalarNode)value).Value!, CultureInfo.InvariantCulture)
        : 0;

    /// <summary>Preset and configuration of the case: those of v1.5.0, with the overrides of its archive.</summary>
    public ChainSpec Spec => Archive.SpecOf(Preset);

    /// <summary>Files of the case that no call has read or ignored.</summary>
    public IEnumerable<string> Unread => _files.Where(file => !_seen.ContainsKey(file)).Order(StringComparer.Ordinal);

    /// <summary>Names of the case's files.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>A case that is a folder of files.</summary>
    public static SpecCase FromDirectory(SpecArchive archive, string preset, string fork, string runner, string handler, string suite, string directory) =>
        new(archive, preset, fork, runner, handler, suite, Path.GetFileName(directory), directory, Directory.EnumerateFiles(directory).Select(static path => Path.GetFileName(path)));

    /// <summary>A case that is one JSON file; read it with <see cref="ReadJson()"/>.</summary>
    public static SpecCase FromFile(SpecArchive archive, string runner, string handler, string path) =>
        new(archive, "", "", runner, handler, "", Path.GetFileNameWithoutExtension(path), Path.GetDirectoryName(path)!, [Path.GetFileName(path)]);

    /// <summary>Whether a file is there.</summary>
    public bool Has(string file) => _files.Contains(file);

    /// <summary>The bytes of a file as it lies there.</summary>
    public byte[] ReadBytes(string file)
    {
        if (!_files.Contains(file))
        {
            throw new FileNotFoundException($"The case has no file {file}.", file);
        }

        _seen[file] = "";
        return File.ReadAllBytes(Path.Combine(_directory, file));
    }

    /// <summary>The SSZ bytes of <paramref name="name"/><c>.ssz_snappy</c> (snappy block format).</summary>
    public byte[] ReadSsz(string name) => Snappy.DecompressToArray(ReadBytes(name + ".ssz_snappy"));

    /// <summary>The root node of a YAML file. Scalars keep their text: nothing is guessed to be a number.</summary>
    public YamlNode ReadYaml(string file)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(file)));
        var stream = new YamlStream();
        stream.Load(reader);
        return stream.Documents.Count == 0 ? new YamlScalarNode("") : stream.Documents[0].RootNode;
    }

    /// <summary>A JSON file, by name.</summary>
    public JsonDocument ReadJson(string file) => JsonDocument.Parse(ReadBytes(file));

    /// <summary>The only file of a case made by <see cref="FromFile"/>.</summary>
    public JsonDocument ReadJson() => ReadJson(_files.Single());

    /// <summary>Marks a file as left unread on purpose.</summary>
    public void Ignore(string file, string reason) => _seen[file] = reason;

    /// <inheritdoc/>
    public override string ToString() => string.Join('/', new[] { Preset, Fork, Runner, Handler, Suite, Name }.Where(static part => part.Length > 0));
}
