using System.Text.Json;
using Fleet.Cli.Common;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Compare;

/// <summary>How a verdict is written.</summary>
internal enum ReportFormat
{
    /// <summary>A page with every metric drawn.</summary>
    Html,

    /// <summary>Tables in Markdown.</summary>
    Md,

    /// <summary>Data for scripts.</summary>
    Json,
}

/// <summary>Writes a verdict to the file that a person named.</summary>
internal static class ReportFile
{
    /// <summary>Looks before anything is watched whether the file can be written; its ending says how.</summary>
    /// <exception cref="CliException">It cannot.</exception>
    public static void Check(FileInfo? file)
    {
        if (file is not null && FormatOf(file) is null)
        {
            throw new CliException($"--report: {file.Name} must end with .html, .md or .json, which says what is written.", ExitCodes.BadInput);
        }

        CheckDirectory(file, "--report");
    }

    /// <summary>Looks whether there is a directory for a file.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static void CheckDirectory(FileInfo? file, string option)
    {
        if (file?.Directory is { Exists: false } directory)
        {
            throw new CliException($"{option}: there is no directory {directory.FullName}; create it, or name another.", ExitCodes.BadInput);
        }
    }

    /// <summary>Writes it as the file's ending says.</summary>
    /// <exception cref="CliException">It could not be written.</exception>
    public static void Write(FileInfo? file, VerdictReport report)
    {
        if (file is not null)
        {
            Write(file, Text(FormatOf(file) ?? ReportFormat.Json, report), "--report");
        }
    }

    /// <summary>Writes it to a file, or where there is none to <paramref name="output"/>.</summary>
    /// <exception cref="CliException">It could not be written.</exception>
    public static void Write(FileInfo? file, ReportFormat format, VerdictReport report, TextWriter output)
    {
        string text = Text(format, report);
        if (file is null)
        {
            output.Write(text);
        }
        else
        {
            Write(file, text, "--file");
        }
    }

    private static ReportFormat? FormatOf(FileInfo file) => file.Extension switch
    {
        ".html" => ReportFormat.Html,
        ".md" => ReportFormat.Md,
        ".json" => ReportFormat.Json,
        _ => null,
    };

    private static string Text(ReportFormat format, VerdictReport report) => format switch
    {
        ReportFormat.Html => HtmlReport.Write(report),
        ReportFormat.Md => MarkdownReport.Write(report),
        _ => JsonSerializer.Serialize(VerdictDocument.Of(report), CompareJson.Default.VerdictDocument) + "\n",
    };

    private static void Write(FileInfo file, string text, string option)
    {
        try
        {
            File.WriteAllText(file.FullName, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{option}: {exception.Message}");
        }
    }
}
