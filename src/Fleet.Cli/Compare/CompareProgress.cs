using Fleet.Api;

namespace Fleet.Cli.Compare;

/// <summary>Says on one line how far the watching has come; nothing where nobody looks.</summary>
internal sealed class CompareProgress(TextWriter output)
{
    private readonly bool _isShown = output == Console.Error && !Console.IsErrorRedirected;

    public void Tell(TimeSpan elapsed, TimeSpan length)
    {
        if (_isShown)
        {
            output.Write($"\rwatching both nodes, {Duration.From(TimeSpan.FromSeconds(Math.Min(elapsed.TotalSeconds, length.TotalSeconds) - (elapsed.TotalSeconds % 1)))} of {Duration.From(length)}   ");
        }
    }

    public void End()
    {
        if (_isShown)
        {
            output.WriteLine();
        }
    }
}
