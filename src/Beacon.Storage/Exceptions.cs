namespace Beacon.Storage;

/// <summary>The database cannot be opened or used; the message says why and what to do.</summary>
public class DatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What is stored contradicts itself or its checksums. It must not be worked with; the process ends with exit code 4.</summary>
public sealed class DatabaseDamagedException(string message, Exception? inner = null) : DatabaseException(message, inner);

/// <summary>The database is of a format that this release does not know. It is whole: another release reads it.</summary>
public sealed class DatabaseFormatException(string message) : DatabaseException(message);
