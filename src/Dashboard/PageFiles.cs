using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace P2P.Dashboard;

/// <summary>The files of the page, from this assembly. Read once, never from disk.</summary>
internal static class PageFiles
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, PageFile> s_files = Load();

    public static IEnumerable<string> Names => s_files.Keys;

    /// <summary>A file by its path below the dashboard; the empty path is the page itself.</summary>
    public static PageFile? Find(string path) => s_files.GetValueOrDefault(path.Length == 0 ? "index.html" : path);

    private static FrozenDictionary<string, PageFile> Load()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        Dictionary<string, PageFile> files = new(StringComparer.Ordinal);
        foreach (string name in assembly.GetManifestResourceNames().Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream source = assembly.GetManifestResourceStream(name)!;
            byte[] content = new byte[source.Length];
            source.ReadExactly(content);
            string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
            files.Add(name[Prefix.Length..], new PageFile(content, TypeOf(name), tag));
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
}
