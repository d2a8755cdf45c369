using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>What must be true of the repository as a whole.</summary>
public sealed partial class RepositoryTests
{
    [Fact]
    public void No_committed_text_names_a_registry_host_or_a_path_of_a_build_machine()
    {
        string[] extensions = [".cs", ".md", ".json", ".csproj", ".props", ".mjs", ".sh", ".yml", ".txt", ""];
        string[] found =
        [
            .. Directory.EnumerateFiles(Require.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
                .Where(f => !Skipped().IsMatch(Product.Relative(f)) && extensions.Contains(Path.GetExtension(f)))
                .Where(f => Machine().IsMatch(File.ReadAllText(f)))
                .Select(Product.Relative),
        ];
        Assert.Empty(found);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Require.Root, "P2P.sln"));
        string[] missing =
        [
            .. new[] { "src", "tests", "samples", "bench" }
                .Select(f => Path.Combine(Require.Root, f))
                .Where(Directory.Exists)
                .SelectMany(f => Directory.EnumerateFiles(f, "*.csproj", SearchOption.AllDirectories))
                .Select(f => Path.GetFileName(f))
                .Where(f => !solution.Contains(f, StringComparison.Ordinal)),
        ];
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"^(artifacts|\.git|.*node_modules|.*/obj|.*/bin|tests/fuzz)(/|$)|package-lock\.json$|packages\.lock\.json$")]
    private static partial Regex Skipped();

    // Written so that this file names none of them itself.
    [GeneratedRegex(@"(?<![\w.*])/(w..k|r..t|f..m|tmp/(wt|bash_jobs\S*))/|https?://[a-z.]*(nuget|npm|debian)[a-z.]*")]
    private static partial Regex Machine();
}
