namespace Beacon.Genesis;

/// <summary>A genesis that cannot be made, or network files that do not fit together; the message is one sentence with cause and next step.</summary>
public sealed class GenesisException : Exception
{
    /// <summary>Makes the exception.</summary>
    public GenesisException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
