using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>Documents say what is true: links exist, the tree of docs/ARCHITECTURE.md is the tree of the repository.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
    [
        .. Directory.EnumerateFiles(Require.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Require.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(Product.Relative),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Relative_links_point_at_files_that_exist(string document)
    {
        string path = Path.Combine(Require.Root, document);
        string[] broken =
        [
            .. Link().Matches(File.ReadAllText(path))
                .Select(m => m.Groups[1].Value.Split('#')[0])
                .Where(l => l.Length > 0 && !l.Contains("://", StringComparison.Ordinal))
                .Where(l => !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, l))),
        ];
        Assert.Empty(broken);
    }

    [Fact]
    public void Every_project_folder_is_named_in_the_architecture_document()
    {
        string text = File.ReadAllText(Path.Combine(Require.Root, "docs", "ARCHITECTURE.md"));
        string[] unnamed =
        [
            .. Directory.EnumerateDirectories(Path.Combine(Require.Root, "src"))
                .Select(d => Path.GetFileName(d)!)
                .Where(d => !text.Contains($"{d}/", StringComparison.Ordinal)),
        ];
        Assert.Empty(unnamed);
    }

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
