namespace Beacon.Types;

/// <summary>A chain configuration that cannot be used; the message is one sentence that names the key.</summary>
public sealed class ChainConfigException(string message) : Exception(message);
