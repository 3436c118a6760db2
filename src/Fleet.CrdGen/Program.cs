using Fleet.CrdGen;

// Writes crds/*.yaml, and of the chart the CRD templates and the README; the only argument is the repository's root, by default the current folder.
string root = args.Length > 0 ? args[0] : Directory.GetCurrentDirectory();
string chart = Path.Combine(root, ChartWriter.Folder);
string values = File.ReadAllText(Path.Combine(chart, "values.yaml"));
List<(string Path, string Text)> files =
[
    .. CrdWriter.All().Select(crd => (Path.Combine(root, "crds", crd.FileName), crd.Text)),
    .. ChartWriter.CrdTemplates().Select(template => (Path.Combine(chart, template.FileName), template.Text)),
    (Path.Combine(chart, "README.md"), ChartWriter.Readme(values)),
];
foreach ((string path, string text) in files)
{
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.WriteAllText(path, text);
    Console.WriteLine(path);
}
