using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>
/// What a user compiles against changes only on purpose: <c>api/*.txt</c> holds it and is reviewed with the change that alters it. After a change run
/// <c>P2P_API=update dotnet test tests/Architecture --filter ApiTests</c> and commit the files.
/// </summary>
public sealed class ApiTests
{
    public static TheoryData<string> Assemblies => [.. Product.AssemblyNames.Where(static n => n != "P2P.Cli")];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_public_API_is_the_one_that_was_agreed(string assembly)
    {
        string path = Path.Combine(Require.Root, "api", assembly + ".txt");
        string now = PublicApi.Describe(Product.Read(assembly));
        if (Environment.GetEnvironmentVariable("P2P_API") == "update")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, now);
        }

        string[] agreed = File.Exists(path) ? File.ReadAllLines(path) : [];
        string[] lines = now.TrimEnd('\n').Split('\n');
        string difference = string.Join('\n', lines.Except(agreed).Select(static l => "+ " + l).Concat(agreed.Except(lines).Select(static l => "- " + l)));
        Assert.True(lines.SequenceEqual(agreed), $"api/{assembly}.txt is not what the assembly offers. If it is meant: P2P_API=update dotnet test tests/Architecture --filter ApiTests\n{difference}");
    }

    [Fact]
    public void Every_library_of_the_source_tree_is_seen()
    {
        IEnumerable<string> libraries = Directory.EnumerateFiles(Path.Combine(Require.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(static p => Path.GetFileNameWithoutExtension(p)).Where(static n => n != "P2P.Cli"); // a program

        Assert.Empty(libraries.Except(Product.AssemblyNames));
    }

    [Fact]
    public void The_description_tells_init_from_set_and_sees_what_a_record_offers()
    {
        string node = PublicApi.Describe(Product.Read("P2P.Node"));

        Assert.Contains("  String Network { get; init; }\n", node, StringComparison.Ordinal); // P2POptions
        Assert.Contains("  String Network { get; set; }\n", node, StringComparison.Ordinal); // P2PHostOptions
        Assert.DoesNotContain("NodeParts", node, StringComparison.Ordinal);
    }
}
