using System.Globalization;

namespace Fleet.Cli.Common;

/// <summary>Times as people read them.</summary>
internal static class TimeText
{
    /// <summary>A time, to the second.</summary>
    public static string Instant(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>How long something has been, as kubectl shows ages.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now)
    {
        if (since is not { } time)
        {
            return "-";
        }

        TimeSpan age = now > time ? now - time : TimeSpan.Zero;
        return age.TotalMinutes < 2 ? $"{(int)age.TotalSeconds}s"
            : age.TotalHours < 2 ? $"{(int)age.TotalMinutes}m"
            : age.TotalHours < 48 ? $"{(int)age.TotalHours}h"
            : $"{(int)age.TotalDays}d";
    }
}
