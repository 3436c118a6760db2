using System.Text.Json;
using Fleet.Cli.Common;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Compare;

/// <summary>Writes a verdict to the file that a person named; its ending says how.</summary>
internal static class ReportFile
{
    /// <summary>Looks before anything is watched whether the file can be written.</summary>
    /// <exception cref="CliException">It cannot.</exception>
    public static void Check(FileInfo? file)
    {
        if (file is null)
        {
            return;
        }

        if (file.Extension is not (".html" or ".md" or ".json"))
        {
            throw new CliException($"--report: {file.Name} must end with .html, .md or .json, which says what is written.", ExitCodes.BadInput);
        }

        if (file.Directory is { Exists: false } directory)
        {
            throw new CliException($"--report: there is no directory {directory.FullName}; create it, or name another.", ExitCodes.BadInput);
        }
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="CliException">It could not be written.</exception>
    public static void Write(FileInfo? file, VerdictReport report)
    {
        if (file is null)
        {
            return;
        }

        string text = file.Extension switch
        {
            ".html" => HtmlReport.Write(report),
            ".md" => MarkdownReport.Write(report),
            _ => JsonSerializer.Serialize(VerdictDocument.Of(report), CompareJson.Default.VerdictDocument) + "\n",
        };
        try
        {
            File.WriteAllText(file.FullName, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--report: {exception.Message}");
        }
    }
}
