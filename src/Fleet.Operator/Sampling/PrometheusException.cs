namespace Fleet.Operator.Sampling;

/// <summary>Prometheus has no samples to give; the message says why in one sentence.</summary>
public sealed class PrometheusException(string message, Exception? inner = null) : Exception(message, inner);
