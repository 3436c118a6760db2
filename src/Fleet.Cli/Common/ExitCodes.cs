namespace Fleet.Cli.Common;

/// <summary>What every verb ends with; scripts rely on these.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The verb was understood and could not be carried out.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage or bad input: nothing was started or changed.</summary>
    public const int BadInput = 2;

    /// <summary>What was waited for did not happen in time.</summary>
    public const int TimedOut = 3;

    /// <summary>Interrupted by Ctrl-C, as shells report it.</summary>
    public const int Interrupted = 130;
}
