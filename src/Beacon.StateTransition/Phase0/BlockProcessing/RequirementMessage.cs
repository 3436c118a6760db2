using System.Runtime.CompilerServices;

namespace Beacon.StateTransition.Phase0;

/// <summary>The message of a rule, put together only when the rule is broken: a valid block formats and allocates nothing.</summary>
[InterpolatedStringHandler]
internal ref struct RequirementMessage
{
    private DefaultInterpolatedStringHandler _inner;

    /// <summary>Called by the compiler; says through <paramref name="wanted"/> whether the holes need to be evaluated.</summary>
    public RequirementMessage(int literalLength, int formattedCount, bool condition, out bool wanted)
    {
        wanted = !condition;
        _inner = wanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _inner.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

    public string ToStringAndClear() => _inner.ToStringAndClear();
}
