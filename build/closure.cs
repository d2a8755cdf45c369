#:property RunAnalyzers=false
#:property EnforceCodeStyleInBuild=false
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
// Prints what an application made from the packages pulls in: third-party packages and managed bytes beyond the runtime. Ends with 1 above 10
// packages beyond Microsoft.Extensions.* (SQLite's closure counted as one) or 5 MB (goal U5, must-show 4).
//   dotnet run build/closure.cs -- obj/project.assets.json bin/Debug/net10.0
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;

const int PackagesMax = 10;
const long BytesMax = 5_000_000;

using JsonDocument assets = JsonDocument.Parse(File.ReadAllText(args[0]));
JsonElement target = assets.RootElement.GetProperty("targets").EnumerateObject().First().Value;
List<(string Group, string Name, string Version, long Bytes)> rows = [];
foreach (JsonProperty library in target.EnumerateObject())
{
    string[] id = library.Name.Split('/');
    long bytes = library.Value.TryGetProperty("runtime", out JsonElement runtime)
        ? runtime.EnumerateObject().Select(f => Path.Combine(args[1], Path.GetFileName(f.Name))).Where(IsManaged).Sum(static f => new FileInfo(f).Length)
        : 0;
    string group = id[0].StartsWith("P2P.", StringComparison.Ordinal) ? "ours"
        : id[0].StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) ? "Microsoft.Extensions.*"
        : id[0].Contains("Sqlite", StringComparison.OrdinalIgnoreCase) || id[0].StartsWith("SQLitePCLRaw", StringComparison.Ordinal) || id[0].StartsWith("SourceGear", StringComparison.Ordinal)
            ? "SQLite" : "third party";
    rows.Add((group, id[0], id[1], bytes));
}

foreach ((string group, string name, string version, long bytes) in rows.OrderBy(static r => r.Group).ThenBy(static r => r.Name, StringComparer.Ordinal))
{
    Console.WriteLine($"{group,-24}{name,-68}{version,-12}{bytes,12:N0}");
}

int counted = rows.Count(static r => r.Group == "third party") + (rows.Exists(static r => r.Group == "SQLite") ? 1 : 0);
long total = rows.Sum(static r => r.Bytes);
Console.WriteLine($"third-party packages, SQLite as one: {counted} (at most {PackagesMax}); managed bytes beyond the runtime: {total:N0} (goal {BytesMax:N0}: {(total <= BytesMax ? "met" : "MISSED")}), ours {rows.Where(static r => r.Group == "ours").Sum(static r => r.Bytes):N0}");
return counted <= PackagesMax && total <= BytesMax ? 0 : 1;

static bool IsManaged(string path)
{
    if (!File.Exists(path))
    {
        return false; // the runtime brings it
    }

    using FileStream file = File.OpenRead(path);
    using PEReader reader = new(file);
    return reader.HasMetadata && reader.GetMetadataReader().IsAssembly;
}
