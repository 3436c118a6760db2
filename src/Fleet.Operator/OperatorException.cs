namespace Fleet.Operator;

/// <summary>Something a person has to put right; the message says what and how.</summary>
public sealed class OperatorException(string message) : Exception(message);
