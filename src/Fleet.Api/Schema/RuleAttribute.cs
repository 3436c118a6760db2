namespace Fleet.Api.Schema;

/// <summary>A rule in the Common Expression Language, for the generated CRD: what a bound of one field cannot say.</summary>
/// <remarks>
/// Functions of Kubernetes 1.25 only. A rule on a property sees its value as <c>self</c>, one on a class the whole object; one that names
/// <c>oldSelf</c> is checked on updates only. The same rules are in <see cref="Validation.TestnetValidator"/>,
/// <see cref="Validation.BeaconNodeValidator"/> and <see cref="Validation.CanaryRolloutValidator"/>, which count where a server is older; tests hold them together.
/// </remarks>
/// <param name="expression">What has to be true. <c>@list</c> stands for the texts of <see cref="List"/>, <c>@factor</c> for a map from suffixes of sizes to numbers, <c>@groups</c> for one from built-in metrics to their groups.</param>
/// <param name="message">What is said otherwise: what is wrong and what would be right, one sentence without its full stop.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute(string expression, string message) : Attribute
{
    /// <summary>The expression.</summary>
    public string Expression { get; } = expression;

    /// <summary>The message.</summary>
    public string Message { get; } = message;

    /// <summary>Texts, separated by white space, that <c>@list</c> stands for.</summary>
    public string? List { get; set; }
}
