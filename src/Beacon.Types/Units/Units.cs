using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>A slot number: time since genesis in units of the slot duration.</summary>
[SszUInt64]
public readonly partial record struct Slot(ulong Value)
{
    /// <summary>So many slots later; overflow throws.</summary>
    public static Slot operator +(Slot left, ulong right) => new(checked(left.Value + right));

    /// <summary>So many slots earlier; underflow throws.</summary>
    public static Slot operator -(Slot left, ulong right) => new(checked(left.Value - right));

    /// <summary>The distance; negative ones throw.</summary>
    public static ulong operator -(Slot left, Slot right) => checked(left.Value - right.Value);

    /// <summary>The next one; overflow throws.</summary>
    public static Slot operator ++(Slot value) => new(checked(value.Value + 1));

    /// <summary>The earlier of two.</summary>
    public static Slot Min(Slot left, Slot right) => left.Value <= right.Value ? left : right;

    /// <summary>The later of two.</summary>
    public static Slot Max(Slot left, Slot right) => left.Value >= right.Value ? left : right;
}

/// <summary>An epoch number.</summary>
[SszUInt64]
public readonly partial record struct Epoch(ulong Value)
{
    /// <summary>So many epochs later; overflow throws.</summary>
    public static Epoch operator +(Epoch left, ulong right) => new(checked(left.Value + right));

    /// <summary>So many epochs earlier; underflow throws.</summary>
    public static Epoch operator -(Epoch left, ulong right) => new(checked(left.Value - right));

    /// <summary>The distance; negative ones throw.</summary>
    public static ulong operator -(Epoch left, Epoch right) => checked(left.Value - right.Value);

    /// <summary>The next one; overflow throws.</summary>
    public static Epoch operator ++(Epoch value) => new(checked(value.Value + 1));

    /// <summary>The earlier of two.</summary>
    public static Epoch Min(Epoch left, Epoch right) => left.Value <= right.Value ? left : right;

    /// <summary>The later of two.</summary>
    public static Epoch Max(Epoch left, Epoch right) => left.Value >= right.Value ? left : right;

    /// <summary>The spec's <c>FAR_FUTURE_EPOCH</c>.</summary>
    public static Epoch FarFuture => new(ulong.MaxValue);
}

/// <summary>An amount of the chain's currency in units of 10^-9.</summary>
[SszUInt64]
public readonly partial record struct Gwei(ulong Value)
{
    /// <summary>Sum; overflow throws.</summary>
    public static Gwei operator +(Gwei left, Gwei right) => new(checked(left.Value + right.Value));

    /// <summary>Difference; a negative one throws.</summary>
    public static Gwei operator -(Gwei left, Gwei right) => new(checked(left.Value - right.Value));

    /// <summary>Multiple; overflow throws.</summary>
    public static Gwei operator *(Gwei left, ulong right) => new(checked(left.Value * right));

    /// <summary>Part, rounded down.</summary>
    public static Gwei operator /(Gwei left, ulong right) => new(left.Value / right);

    /// <summary>How many times one amount fits into another, rounded down.</summary>
    public static ulong operator /(Gwei left, Gwei right) => left.Value / right.Value;

    /// <summary>What is left of a division by an amount.</summary>
    public static Gwei operator %(Gwei left, Gwei right) => new(left.Value % right.Value);

    /// <summary>Difference, or zero where it would be negative.</summary>
    public Gwei SaturatingSubtract(Gwei other) => new(Value > other.Value ? Value - other.Value : 0);

    /// <summary>The lesser of two amounts.</summary>
    public static Gwei Min(Gwei left, Gwei right) => left.Value <= right.Value ? left : right;

    /// <summary>The greater of two amounts.</summary>
    public static Gwei Max(Gwei left, Gwei right) => left.Value >= right.Value ? left : right;
}

/// <summary>Position of a validator in the registry.</summary>
[SszUInt64]
public readonly partial record struct ValidatorIndex(ulong Value)
{
    /// <summary>The position as an array index; overflow throws.</summary>
    public int ToInt32() => checked((int)Value);
}

/// <summary>Number of a committee within its slot.</summary>
[SszUInt64]
public readonly partial record struct CommitteeIndex(ulong Value)
{
    /// <summary>The position as an array index; overflow throws.</summary>
    public int ToInt32() => checked((int)Value);
}
