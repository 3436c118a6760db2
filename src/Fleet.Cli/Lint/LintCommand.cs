using System.CommandLine;
using Fleet.Api.Manifests;
using Fleet.Cli.Common;
using Fleet.Cli.Up;

namespace Fleet.Cli.Lint;

/// <summary><c>fleet lint</c>: what the operator would say of a manifest, without a cluster.</summary>
internal static class LintCommand
{
    public static Command Create()
    {
        Option<string[]> files = new("--filename", "-f") { Description = "Manifest to check. Repeatable.", Required = true };
        Command command = new("lint", "Check manifests offline: kinds, fields, bounds and how they fit together.") { files };
        command.SetAction(parsed => Run(parsed.GetValue(files)!));
        return command;
    }

    private static int Run(string[] files)
    {
        var objects = new List<ManifestObject>();
        var errors = new List<ManifestException>();
        foreach (string file in files)
        {
            try
            {
                objects.AddRange(ManifestReader.Read(ManifestFiles.ReadText(file), file));
            }
            catch (ManifestException e)
            {
                errors.Add(e);
            }
        }

        errors.AddRange(ManifestReader.Validate(objects));
        foreach (ManifestException error in errors)
        {
            Console.Error.WriteLine(SafeText.Neutralise(error.Message));
        }

        if (errors.Count > 0)
        {
            return ExitCodes.BadInput;
        }

        Console.Out.WriteLine($"{objects.Count} object{(objects.Count == 1 ? "" : "s")} in order.");
        return ExitCodes.Ok;
    }
}
