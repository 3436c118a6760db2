using System.CommandLine;

namespace Fleet.Cli.Common;

/// <summary>Options that mean the same in every verb that takes them.</summary>
internal static class CommonOptions
{
    public static Option<string?> DataDir { get; } = new("--data-dir")
    {
        Description = $"Directory of the local fleet (default {DataDirectory.DefaultPath}).",
    };

    public static Option<string?> Kubeconfig { get; } = new("--kubeconfig")
    {
        Description = "Kubeconfig to use instead of the local fleet's.",
    };

    public static Option<string?> Context { get; } = new("--context") { Description = "Context of the kubeconfig." };

    public static Option<string?> Namespace { get; } = new("--namespace", "-n") { Description = "Namespace (default: that of the context)." };

    public static Option<OutputFormat> Output { get; } = new("--output", "-o") { Description = "Print data instead of text: json or yaml." };
}

/// <summary>How a verb prints what it found.</summary>
internal enum OutputFormat
{
    Text,
    Json,
    Yaml,
}
