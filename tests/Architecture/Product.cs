using Mono.Cecil;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>The built product assemblies and the source tree.</summary>
internal static class Product
{
    private static readonly Dictionary<string, AssemblyDefinition> s_read = new(StringComparer.Ordinal);

    /// <summary>Assemblies of <c>src</c> that this test project sees.</summary>
    public static IReadOnlyList<string> AssemblyNames { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Require.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(p => Path.GetFileNameWithoutExtension(p))
            .Where(n => File.Exists(Path.Combine(AppContext.BaseDirectory, n + ".dll")))
            .Order(StringComparer.Ordinal),
    ];

    public static AssemblyDefinition Read(string assembly)
    {
        lock (s_read)
        {
            if (!s_read.TryGetValue(assembly, out AssemblyDefinition? definition))
            {
                definition = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
                s_read.Add(assembly, definition);
            }

            return definition;
        }
    }

    public static IEnumerable<TypeDefinition> Types(string assembly) => Read(assembly).MainModule.GetTypes();

    /// <summary>Every C# file below a top-level folder, build output excluded.</summary>
    public static IEnumerable<string> Sources(params string[] folders) =>
        folders.Select(f => Path.Combine(Require.Root, f))
            .Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)
                && !f.Contains("/node_modules/", StringComparison.Ordinal));

    public static string Relative(string path) => Path.GetRelativePath(Require.Root, path);
}
