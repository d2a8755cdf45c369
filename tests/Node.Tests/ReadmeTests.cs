using System.Diagnostics;
using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>Every code block of README and docs is run, equals a file that is built, or says who runs it.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("p2p-readme-").FullName;

    private static string Samples => Path.Combine(Require.Root, "samples");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    public static TheoryData<string> SamplePages => [.. Directory.EnumerateFiles(Samples, "README.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Samples, f))];

    public static TheoryData<string> Documents =>
    [
        .. Directory.EnumerateFiles(Require.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Require.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Samples, "*.md", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Require.Root, f)),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Code_blocks_do_what_they_say(string document)
    {
        await using DocumentRun run = new(_home);
        string? printed = null;
        foreach (Match block in Block().Matches(await File.ReadAllTextAsync(Path.Combine(Require.Root, document))))
        {
            string info = block.Groups[1].Value.Trim();
            string body = block.Groups[2].Value;
            switch (info.Split('=')[0])
            {
                case "sh":
                    printed = await run.RunAsync(body);
                    break;
                case "output":
                    Assert.True(printed is not null, $"{document}: output of nothing");
                    DocumentRun.Compare(body, printed, document);
                    break;
                case "csharp file":
                    Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Require.Root, info["csharp file=".Length..])), body);
                    break;
                case "csharp part-of":
                    Assert.Contains(body, await File.ReadAllTextAsync(Path.Combine(Require.Root, info["csharp part-of=".Length..])), StringComparison.Ordinal);
                    break;
                default:
                    Assert.True(info is "text" or "sh run-by=ci" or "sh run-by=newuser" or "sh run-by=hand", $"{document}: a block '{info}' that nothing runs");
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(SamplePages))]
    public async Task The_page_of_a_sample_names_a_test_that_exists_and_runs_its_program(string page)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(Samples, page));
        string[] named = [.. TestName().Matches(text).Select(static m => m.Value).Distinct()];
        Assert.NotEmpty(named);
        string sample = Path.GetDirectoryName(page)!;
        foreach (string name in named)
        {
            // The page of all samples runs none, and newuser.sh runs Lan, which needs multicast.
            string file = Assert.Single(Directory.EnumerateFiles(Path.Combine(Require.Root, "tests"), $"{name}.cs", SearchOption.AllDirectories));
            Assert.True(sample is "" or "Lan" || (await File.ReadAllTextAsync(file)).Contains($"\"{sample}.dll\"", StringComparison.Ordinal), $"{name} does not run {sample}.dll");
        }
    }

    [Fact]
    public async Task Every_sample_is_in_the_list_of_samples()
    {
        string list = await File.ReadAllTextAsync(Path.Combine(Samples, "README.md"));
        foreach (string project in Directory.EnumerateFiles(Samples, "*.csproj", SearchOption.AllDirectories))
        {
            string name = Path.GetFileNameWithoutExtension(project);
            if (name == "HelloFile")
            {
                continue; // hello.cs, for the tests
            }

            Assert.True(File.Exists(Path.Combine(Samples, name, "README.md")), $"{name} has no page");
            Assert.Contains($"[{name}]({name}/", list, StringComparison.Ordinal);
            Assert.Contains($"--project samples/{name}", list, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_file_of_six_lines_is_enough_to_share_a_text()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Samples, "hello.cs"));
        Assert.Equal(6, lines.Length);
        Assert.StartsWith("#:project ", lines[0], StringComparison.Ordinal);
        Assert.Equal(4, lines[2..].Count(static l => l.Contains("await ", StringComparison.Ordinal))); // four statements
    }

    [Theory]
    [InlineData("Hello.dll")]
    [InlineData("HelloFile.dll")] // is hello.cs
    public async Task The_hello_samples_say_hello(string program)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, program), "lo"]) { WorkingDirectory = Require.Root };
        start.Environment["P2P_HOME"] = _home;
        start.Environment["P2P_NETWORK"] = $"readme-{Environment.ProcessId}";
        await using Child hello = Child.Start(start);
        Assert.Contains("hello from", await hello.ReadLineAsync(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\b[A-Z]\w+Tests\b")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^```([^\n]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
