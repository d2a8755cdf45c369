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
                .Where(f => Path.GetFileName(f) != "RepositoryTests.cs" && Machine().IsMatch(File.ReadAllText(f)))
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

    [GeneratedRegex(@"/work/(main|shared)|/tmp/(wt|bash_jobs)|/root/|/farm/|api\.nuget\.org|registry\.npmjs|deb\.debian\.org")]
    private static partial Regex Machine();
}
