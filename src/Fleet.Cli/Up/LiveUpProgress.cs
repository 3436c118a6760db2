using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes.Models;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli.Up;

/// <summary>A screen that is drawn anew in place: a heading per testnet and a table of its nodes.</summary>
internal sealed class LiveUpProgress(DataDirectory directory, Uri apiServer) : IUpProgress
{
    private int _drawnLines;

    public void Show(IReadOnlyDictionary<ObjectKey, Milestones> testnets, DateTimeOffset now)
    {
        var screen = new Rows(Render(testnets, now));
        string text = ToText(screen);
        Erase();
        Console.Out.Write(text);
        _drawnLines = text.Count(c => c == '\n');
    }

    public void Finish(IReadOnlyDictionary<ObjectKey, Milestones> testnets, bool detached)
    {
        AnsiConsole.MarkupLine(detached
            ? "The fleet runs on. See it with [bold]fleet status -w[/], end it with [bold]fleet down[/]."
            : "[bold]Done.[/]");
    }

    public void Dispose()
    {
    }

    private IEnumerable<IRenderable> Render(IReadOnlyDictionary<ObjectKey, Milestones> testnets, DateTimeOffset now)
    {
        yield return new Markup($"API server [bold]{Markup.Escape(apiServer.ToString().TrimEnd('/'))}[/]   export KUBECONFIG={Markup.Escape(directory.Kubeconfig)}");
        foreach ((ObjectKey key, Milestones milestones) in testnets)
        {
            yield return new Markup($"\n[bold]{Markup.Escape(key.Name)}[/]  {Markup.Escape(UpSummary.Of(milestones, now, everySlot: true))}");
            if (UpSummary.Finality(milestones) is { } finality)
            {
                yield return new Markup($"[green]{Markup.Escape(finality)}[/]");
            }

            if (milestones.View is { } view)
            {
                yield return Nodes(view);
            }
        }

        yield return new Markup("[dim]Ctrl-C stops the fleet; its chain goes on with the next 'fleet up'.[/]");
    }

    private static Table Nodes(TestnetView view)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("node", "role", "ready", "head", "justified", "finalized", "peers", "restarts", "pid", "api");
        foreach (NodeView node in view.Nodes)
        {
            table.AddRow(
                Markup.Escape(node.Name),
                node.Role,
                node.Ready ? "[green]yes[/]" : "[yellow]no[/]",
                Chain(node, node.Live?.HeadSlot),
                Chain(node, node.Live?.Justified),
                Chain(node, node.Live?.Finalized),
                node.Live?.Peers.ToString() ?? "-",
                node.Restarts.ToString(),
                node.ProcessId?.ToString() ?? "-",
                Markup.Escape(node.ApiUrl ?? "-"));
        }

        return table;
    }

    private static string Chain(NodeView node, long? value) => node.IsBootnode || value is null ? "-" : value.Value.ToString();

    private static string ToText(IRenderable screen)
    {
        using var writer = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = Math.Max(80, AnsiConsole.Profile.Width);
        console.Write(screen);
        return writer.ToString();
    }

    /// <summary>Moves to where the screen began and clears downwards: what stood above it stays.</summary>
    private void Erase()
    {
        if (_drawnLines > 0)
        {
            Console.Out.Write($"\e[{_drawnLines}A\e[J");
        }
    }
}
