using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Beacon.Cli;

/// <summary><c>--clock-offset</c>: a clock that is wrong on purpose, so that drills can show what a network does about it.</summary>
internal static partial class ClockOffset
{
    /// <summary>Where the flag's default comes from, so that it reaches both containers of a pod.</summary>
    public const string Variable = "FLEET_CLOCK_OFFSET";

    /// <summary>Farther from the truth no clock of a machine is that anybody notices too late.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromHours(24);

    /// <summary>The option.</summary>
    public static Option<TimeSpan> Option() => new("--clock-offset")
    {
        Description = $"Added to the clock, such as 4h or -90s, for drills (default: {Variable}, else 0)",
        DefaultValueFactory = static result => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? Parse(result, text) : TimeSpan.Zero,
        CustomParser = static result => Parse(result, CommonOptions.Text(result)),
    };

    /// <summary>The clock that a process is to go by; one that is wrong is told in the log.</summary>
    /// <param name="offset">What it is ahead of the system's; negative: behind.</param>
    /// <param name="loggers">Makes the logger.</param>
    public static TimeProvider ClockOf(TimeSpan offset, ILoggerFactory loggers)
    {
        if (offset == TimeSpan.Zero)
        {
            return TimeProvider.System;
        }

        LogOffset(loggers.CreateLogger("Beacon.Cli.Clock"), offset);
        return new OffsetClock(TimeProvider.System, offset);
    }

    /// <summary>A whole number and its unit: h, m, s or ms.</summary>
    internal static TimeSpan? TryParse(string text)
    {
        string digits = text.TrimStart('-').TrimEnd('h', 'm', 's');
        if (text.Length - text.TrimStart('-').Length > 1 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > (long)Limit.TotalMilliseconds)
        {
            return text == "0" ? TimeSpan.Zero : null;
        }

        TimeSpan? length = text[(text.IndexOf(digits, StringComparison.Ordinal) + digits.Length)..] switch
        {
            "h" => TimeSpan.FromHours(number),
            "m" => TimeSpan.FromMinutes(number),
            "s" => TimeSpan.FromSeconds(number),
            "ms" => TimeSpan.FromMilliseconds(number),
            "" when number == 0 => TimeSpan.Zero,
            _ => null,
        };
        return length > Limit ? null : text[0] == '-' ? -length : length;
    }

    private static TimeSpan Parse(ArgumentResult result, string text)
    {
        if (TryParse(text) is { } offset)
        {
            return offset;
        }

        result.AddError($"--clock-offset (or {Variable}) is '{text}'; it must be a whole number of h, m, s or ms, such as 4h or -90s, and at most {Limit.TotalHours:F0}h.");
        return TimeSpan.Zero;
    }

    [LoggerMessage(4790, LogLevel.Warning, "This process' clock is set {Offset} ahead of the machine's by --clock-offset or FLEET_CLOCK_OFFSET: it takes part in a drill")]
    private static partial void LogOffset(ILogger logger, TimeSpan offset);
}

/// <summary>A clock that is always wrong by the same length; intervals are as long as ever.</summary>
internal sealed class OffsetClock(TimeProvider inner, TimeSpan offset) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + offset;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
