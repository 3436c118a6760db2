using Fleet.Api.Manifests;
using Fleet.Cli.Common;

namespace Fleet.Cli.Up;

/// <summary>Manifests as the user names them, read and checked before anything starts.</summary>
internal static class ManifestFiles
{
    private const string DefaultSample = "crds/samples/devnet.yaml";

    /// <summary>Largest manifest in bytes.</summary>
    private const long MaxSize = 1 << 20;

    /// <summary>Reads and validates; the first error ends it, nothing has been started by then.</summary>
    /// <exception cref="CliException">One sentence with file, line and field path; exit code 2.</exception>
    public static IReadOnlyList<ManifestObject> Read(IReadOnlyList<string> files)
    {
        var objects = new List<ManifestObject>();
        foreach (string file in files.Count > 0 ? files : [FindSample()])
        {
            objects.AddRange(Guard(() => ManifestReader.Read(ReadText(file), file)));
        }

        if (ManifestReader.Validate(objects) is [ManifestException first, ..] errors)
        {
            string more = errors.Count > 1 ? $" ({errors.Count - 1} more: see 'fleet lint')" : "";
            throw new CliException(first.Message + more, ExitCodes.BadInput, first);
        }

        return objects;
    }

    /// <summary>Text of a manifest.</summary>
    public static string ReadText(string file)
    {
        try
        {
            var info = new FileInfo(file);
            if (info.Exists && info.Length > MaxSize)
            {
                throw new CliException($"{file} is larger than {MaxSize >> 20} MiB, which no manifest is.", ExitCodes.BadInput);
            }

            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string next = e is FileNotFoundException or DirectoryNotFoundException ? "check the path" : "check its permissions";
            throw new CliException($"The manifest {file} cannot be read ({e.Message.TrimEnd('.')}); {next}.", ExitCodes.BadInput, e);
        }
    }

    private static IReadOnlyList<ManifestObject> Guard(Func<IReadOnlyList<ManifestObject>> read)
    {
        try
        {
            return read();
        }
        catch (ManifestException e)
        {
            throw new CliException(e.Message, ExitCodes.BadInput, e);
        }
    }

    /// <summary>The sample in the current directory or above this program, so that a checkout works from anywhere.</summary>
    private static string FindSample()
    {
        if (File.Exists(DefaultSample))
        {
            return DefaultSample;
        }

        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string candidate = Path.Combine(directory.FullName, DefaultSample);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new CliException($"No manifest was named and {DefaultSample} is not here; name one: fleet up FILE.", ExitCodes.BadInput);
    }
}
