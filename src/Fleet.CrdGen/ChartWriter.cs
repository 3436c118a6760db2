using System.Text;

namespace Fleet.CrdGen;

/// <summary>What in the Helm chart follows from other files: the templates of the CRDs, and the README.</summary>
public static class ChartWriter
{
    /// <summary>Folder of the chart, from the repository's root.</summary>
    public const string Folder = "charts/fleet-operator";

    /// <summary>File name and text of the chart's CRD templates: the definitions, kept when the release is uninstalled.</summary>
    /// <remarks>They are templates and not files in Helm's <c>crds</c> folder, which Helm installs but never upgrades.</remarks>
    /// <exception cref="InvalidOperationException">A definition holds what Helm would take for a template's action.</exception>
    public static IReadOnlyList<(string FileName, string Text)> CrdTemplates() =>
        [.. CrdWriter.All().Select(crd => ($"templates/crds/{crd.FileName}", Template(crd.FileName, crd.Text)))];

    /// <summary>README of the chart: every value with its default and its comment.</summary>
    /// <exception cref="FormatException">A value has no comment, or its default is not on its line.</exception>
    public static string Readme(string values)
    {
        var text = new StringBuilder();
        text.Append(
            $"""
            <!-- Generated from values.yaml by `{CrdWriter.Command}`; do not edit. -->
            # fleet-operator

            Installs FleetOperator on Kubernetes 1.25 or newer. How to install, upgrade and uninstall it is told in `docs/install.md`;
            `values.schema.json` refuses values that are not listed here.

            """);
        string? section = null;
        foreach (ChartValue value in ChartValue.Read(values))
        {
            if (value.Section != section)
            {
                section = value.Section;
                text.Append('\n').Append("## ").Append(section).Append("\n\n| value | default | meaning |\n|---|---|---|\n");
            }

            text.Append("| `").Append(value.Path).Append("` | `").Append(value.Default).Append("` | ").Append(value.Meaning.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Template(string fileName, string crd)
    {
        if (crd.Contains("{{", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{fileName} holds two braces, which Helm would take for an action.");
        }

        const string Metadata = "metadata:\n";
        int metadata = crd.IndexOf(Metadata, StringComparison.Ordinal) + Metadata.Length;
        return "{{- if .Values.crds.install }}\n"
            + crd[..metadata]
            + "  annotations:\n    helm.sh/resource-policy: keep\n  labels:\n    {{- include \"fleet-operator.labels\" . | nindent 4 }}\n"
            + crd[metadata..]
            + "{{- end }}\n";
    }
}
