using Fleet.CrdGen;

// Writes crds/*.yaml; the only argument is the folder, by default the repository's.
string folder = args.Length > 0 ? args[0] : Path.Combine(Directory.GetCurrentDirectory(), "crds");
Directory.CreateDirectory(folder);
foreach ((string fileName, string text) in CrdWriter.All())
{
    string path = Path.Combine(folder, fileName);
    File.WriteAllText(path, text);
    Console.WriteLine(path);
}
