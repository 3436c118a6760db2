namespace Beacon.Ssz;

/// <summary>Bytes that are not a valid SSZ encoding of the type that was asked for.</summary>
public sealed class SszException(string message) : Exception(message)
{
    /// <summary>Throws with a message saying which size was found and which was wanted.</summary>
    internal static void ThrowSize(string what, long actual, long expected) =>
        throw new SszException($"{what} has {actual} bytes where {expected} are wanted.");
}
