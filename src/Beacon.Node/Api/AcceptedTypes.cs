using System.Globalization;

namespace Beacon.Node.Api;

/// <summary>What an Accept header says of the two encodings of the Beacon API.</summary>
/// <param name="Json">Weight of <c>application/json</c>, 0 to 1; 0 where it is not taken.</param>
/// <param name="Ssz">Weight of <c>application/octet-stream</c>.</param>
/// <param name="SszFirst">Whether SSZ was named, and before JSON.</param>
internal readonly record struct AcceptedTypes(double Json, double Ssz, bool SszFirst)
{
    private const string JsonType = "APPLICATION/JSON";
    private const string SszType = "APPLICATION/OCTET-STREAM";

    /// <summary>Whether SSZ is answered: it weighs more, or as much and was named first. JSON is the default of the API.</summary>
    public bool PrefersSsz => Ssz > Json || (Ssz > 0 && Ssz >= Json && SszFirst);

    /// <summary>Reads a header; an empty one takes everything. Ranges such as <c>*/*</c> count for what is not named itself.</summary>
    public static AcceptedTypes Parse(string header)
    {
        if (string.IsNullOrWhiteSpace(header))
        {
            return new AcceptedTypes(1, 1, false);
        }

        double? json = null;
        double? ssz = null;
        double any = 0;
        bool sszFirst = false;
        foreach (string item in header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = item.Split(';', StringSplitOptions.TrimEntries);
            double weight = Weight(parts);
            switch (parts[0].ToUpperInvariant())
            {
                case JsonType:
                    json = weight;
                    break;
                case SszType:
                    sszFirst = json is null;
                    ssz = weight;
                    break;
                case "*/*" or "APPLICATION/*":
                    any = Math.Max(any, weight);
                    break;
                default:
                    break;
            }
        }

        return new AcceptedTypes(json ?? any, ssz ?? any, sszFirst);
    }

    private static double Weight(string[] parts)
    {
        foreach (string parameter in parts.AsSpan(1))
        {
            if (parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase))
            {
                return double.TryParse(parameter.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double weight) ? Math.Clamp(weight, 0, 1) : 0;
            }
        }

        return 1;
    }
}
