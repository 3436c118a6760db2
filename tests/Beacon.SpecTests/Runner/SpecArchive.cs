using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Beacon.Types;

namespace Beacon.SpecTests.Runner;

/// <summary>An archive or folder of vectors, unpacked, and the rows of cases in it.</summary>
public sealed class SpecArchive
{
    private static readonly string[] Presets = ["general", "mainnet", "minimal"];

    private static readonly Lazy<SpecArchive[]> Everything = new(static () =>
        [.. Sources().Select(static source => new SpecArchive(source)).GroupBy(static archive => archive.Name).SelectMany(static same => same.Select(Numbered))]);

    private readonly ConcurrentDictionary<string, ChainSpec> _specs = new(StringComparer.Ordinal);

    private SpecArchive(string source)
    {
        Source = source;
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(source));
        foreach (string suffix in (string[])[".tar.xz", ".tar.gz", ".tar"])
        {
            Name = Name.EndsWith(suffix, StringComparison.Ordinal) ? Name[..^suffix.Length] : Name;
        }

        Root = Directory.Exists(source) ? source : Unpack(source);
        ConfigOverrides = File.Exists(Path.Combine(Root, "config.yaml")) ? Path.Combine(Root, "config.yaml") : null;
    }

    /// <summary>The archives of <c>../shared/vectors</c> and those of <c>SPEC_VECTORS</c> (paths separated by colons).</summary>
    public static IReadOnlyList<SpecArchive> All => Everything.Value;

    /// <summary>Path of the archive file or folder.</summary>
    public string Source { get; }

    /// <summary>File name without suffix; unique among all archives of a run.</summary>
    public string Name { get; private set; }

    /// <summary>Folder with the unpacked files.</summary>
    public string Root { get; }

    /// <summary>Path of a <c>config.yaml</c> at the root, whose values override those of the preset's config; null without one.</summary>
    public string? ConfigOverrides { get; }

    /// <summary>Preset and configuration for cases of a preset's folder.</summary>
    public ChainSpec SpecOf(string preset) => _specs.GetOrAdd(preset, name =>
    {
        Preset found = Preset.Find(name) ?? throw new InvalidOperationException($"Cases of {Name} are of preset '{name}', which is neither mainnet nor minimal.");
        return new ChainSpec(ChainConfig.Parse(ConfigOverrides is null ? "" : File.ReadAllText(ConfigOverrides), found));
    });

    /// <summary>The rows (runner, handler) with the folders of their cases. Forks other than phase0 have no row: see <see cref="SkippedForks"/>.</summary>
    public IReadOnlyList<SpecRow> Rows()
    {
        List<SpecRow> rows = [];
        string json = Path.Combine(Root, "bls");
        if (Directory.Exists(json))
        {
            rows.AddRange(Folders(json).Select(folder => new SpecRow(this, "", "bls12-381", Path.GetFileName(folder), folder)));
        }

        string interchange = Path.Combine(Root, "eip-3076-interchange");
        if (Directory.Exists(interchange))
        {
            rows.Add(new SpecRow(this, "", "eip-3076", "interchange", interchange));
        }

        foreach (string preset in PresetFolders())
        {
            foreach (string runner in Folders(Path.Combine(preset, "phase0")))
            {
                rows.AddRange(Folders(runner).Select(handler => new SpecRow(this, Path.GetFileName(preset), Path.GetFileName(runner), Path.GetFileName(handler), handler)));
            }
        }

        if (rows.Count == 0)
        {
            throw new InvalidOperationException(
                $"{Source} holds no phase0 vectors: expected [tests/]<preset>/phase0/<runner>/<handler>/<suite>/<case>, bls/<handler>/*.json or eip-3076-interchange/*.json.");
        }

        return rows;
    }

    /// <summary>Forks present in the archive that this code base does not implement.</summary>
    public IEnumerable<string> SkippedForks() =>
        PresetFolders().SelectMany(Folders).Select(static path => Path.GetFileName(path)).Where(static fork => fork != "phase0").Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Sources()
    {
        if (SharedFiles.Root is { } shared && Directory.Exists(Path.Combine(shared, "vectors")))
        {
            foreach (string path in Directory.EnumerateFiles(Path.Combine(shared, "vectors"), "*.tar.xz").Order(StringComparer.Ordinal))
            {
                yield return path;
            }
        }

        foreach (string path in (Environment.GetEnvironmentVariable("SPEC_VECTORS") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            yield return File.Exists(path) || Directory.Exists(path)
                ? Path.GetFullPath(path)
                : throw new FileNotFoundException($"SPEC_VECTORS names {path}, which is neither a file nor a folder.", path);
        }
    }

    /// <summary>Opens an archive file or a folder.</summary>
    internal static SpecArchive Open(string source) => new(source);

    private static SpecArchive Numbered(SpecArchive archive, int index)
    {
        archive.Name = index == 0 ? archive.Name : $"{archive.Name} ({index + 1})";
        return archive;
    }

    private static IEnumerable<string> Folders(string path) =>
        Directory.Exists(path) ? Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal) : [];

    private IEnumerable<string> PresetFolders()
    {
        string tests = Path.Combine(Root, "tests");
        string parent = Directory.Exists(tests) ? tests : Root;
        return Presets.Select(preset => Path.Combine(parent, preset)).Where(Directory.Exists);
    }

    /// <summary>Unpacks into the cache under the hash of the archive; a folder is complete when it has its final name.</summary>
    private static string Unpack(string archive)
    {
        string hash;
        using (FileStream stream = File.OpenRead(archive))
        {
            hash = Convert.ToHexStringLower(SHA256.HashData(stream))[..24];
        }

        string target = Path.Combine(SharedFiles.VectorCache, hash);
        if (Directory.Exists(target))
        {
            return target;
        }

        string partial = $"{target}.{Environment.ProcessId}.partial";
        Directory.CreateDirectory(partial);
        using (Process tar = Process.Start(new ProcessStartInfo("tar") { ArgumentList = { "-xf", archive, "-C", partial }, RedirectStandardError = true })
            ?? throw new InvalidOperationException("tar could not be started."))
        {
            string errors = tar.StandardError.ReadToEnd();
            tar.WaitForExit();
            if (tar.ExitCode != 0)
            {
                throw new InvalidOperationException($"tar could not unpack {archive}: {errors.Trim()} (Debian packages needed: tar, xz-utils).");
            }
        }

        try
        {
            Directory.Move(partial, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another run was quicker.
            Directory.Delete(partial, recursive: true);
        }

        return target;
    }
}
