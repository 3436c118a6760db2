namespace Fleet.Api.Manifests;

/// <summary>A manifest that cannot be used; the message is one sentence with file, line and field path.</summary>
public sealed class ManifestException(string file, int line, string path, string problem)
    : Exception(path.Length == 0 ? $"{file}:{line}: {problem}" : $"{file}:{line}: {path}: {problem}")
{
    /// <summary>File as the user named it.</summary>
    public string File { get; } = file;

    /// <summary>Line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Field path; empty when the whole document is meant.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;
}
