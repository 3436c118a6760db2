using System.Collections.Concurrent;
using Beacon.SpecTests.Runner;
using Beacon.StateTransition;

namespace Beacon.SpecTests.StateTransition;

/// <summary>Why each invalid case is invalid, so that a case cannot pass by failing for another reason.</summary>
/// <remarks>The list is <c>expected-reasons.txt</c>; run with <c>SPEC_WRITE_REASONS=FILE</c> to write what was found, and review the difference.</remarks>
internal static class ExpectedReasons
{
    private static readonly Dictionary<string, InvalidReason> Known = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "StateTransition", "expected-reasons.txt"))
        .Select(static line => line.Split(' ')).ToDictionary(static parts => parts[0], static parts => Enum.Parse<InvalidReason>(parts[1]), StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, InvalidReason> Found = new(StringComparer.Ordinal);

    private static readonly Lock Writing = new();

    /// <summary>Compares a case's reason with the listed one. Cases of further archives are not listed; any reason will do there.</summary>
    public static void Check(SpecCase specCase, InvalidReason reason)
    {
        string key = $"{specCase.Archive.Name}/{specCase.Runner}/{specCase.Handler}/{specCase.Name}";
        if (Environment.GetEnvironmentVariable("SPEC_WRITE_REASONS") is { Length: > 0 } path)
        {
            lock (Writing)
            {
                Found[key] = reason;
                File.WriteAllLines(path, Found.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}"));
            }

            return;
        }

        if (Known.TryGetValue(key, out InvalidReason expected))
        {
            Assert.Equal(expected, reason);
        }
        else
        {
            SpecCheckNotes.Count("invalid cases without a listed reason");
        }
    }
}
