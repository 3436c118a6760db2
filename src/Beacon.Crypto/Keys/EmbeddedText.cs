using System.Reflection;

namespace Beacon.Crypto.Keys;

/// <summary>Text files compiled into this assembly.</summary>
internal static class EmbeddedText
{
    /// <summary>The lines of a resource, without comments (#) and empty lines.</summary>
    public static string[] Lines(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from Beacon.Crypto.");
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(line);
            }
        }

        return [.. lines];
    }
}
