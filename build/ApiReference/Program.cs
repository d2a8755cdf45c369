using P2P.ApiReference;

// dotnet run --project build/ApiReference [-- FOLDER]: writes the API reference, one Markdown page a namespace, from the built assemblies beside this
// program and their documentation files.
string folder = args.Length > 0 ? args[0] : Path.Combine("artifacts", "api");
using ApiModel model = ApiModel.Load(AppContext.BaseDirectory);
foreach ((string name, string text) in new ReferencePages(model).Write())
{
    Directory.CreateDirectory(folder);
    await File.WriteAllTextAsync(Path.Combine(folder, name), text);
}

Console.WriteLine($"{model.Types.Count} types in {Path.GetFullPath(folder)}, start with index.md");
