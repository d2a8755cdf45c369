using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>The lines of <c>--json</c> are those of <c>docs/schema/lines.json</c>.</summary>
public sealed partial class SchemaTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-schema-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void Every_type_that_a_verb_writes_is_described_and_no_other()
    {
        string[] folders = [Path.Combine("src", "Cli"), Path.Combine("src", "Dashboard", "Feed")]; // the dashboard's log has the same lines
        string source = string.Join('\n', folders.SelectMany(static f => Directory.EnumerateFiles(Path.Combine(Require.Root, f), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText));
        string[] written = [.. Facts().Matches(source).Select(static m => m.Groups[1].Value).Distinct()];
        Assert.True(written.Length > 40, $"The search finds only {written.Length} types.");
        Assert.Empty(written.Except(JsonLines.Types));
        Assert.DoesNotContain(JsonLines.Types, t => !source.Contains($"\"{t}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_line_of_the_verbs_is_as_described()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data, "--doc", "notes");
        string[][] verbs =
        [
            ["status"], ["status", "--limits"], ["metrics"], ["dash"], ["peers", "--timeout", "50ms"], ["peers", "ban"], ["dht", "table", "--timeout", "50ms"],
            ["doc", "append", "notes", "x", "--timeout", "50ms"], ["doc", "list"], ["doc", "history", "notes"], ["clock", "show", "notes"], ["store", "stat"], ["store", "verify"],
            ["config", "show"], ["config", "path"], ["version"], ["keys", "list"], ["no-such-verb"], ["ping", "nobody", "--timeout", "50ms"],
        ];
        foreach (string[] verb in verbs)
        {
            (_, string output, string errors) = await CommandLine.RunAsync([.. verb, "--json", "--data", _data]);
            Assert.True(output.Length + errors.Length > 0 || verb is ["peers", "ban"], string.Join(' ', verb));
            Assert.Empty(JsonLines.Problems(output + errors));
            Assert.All((output + errors).Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.StartsWith("{\"type\":\"", line, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("{\"type\":\"ping\",\"at\":\"2026-01-01T00:00:00.000Z\",\"peer\":\"p\"}", "is missing")]
    [InlineData("{\"type\":\"ping\",\"at\":\"2026-01-01T00:00:00.000Z\",\"peer\":\"p\",\"rttMs\":\"1\"}", "another type")]
    [InlineData("{\"type\":\"ping\",\"at\":\"2026-01-01T00:00:00.000Z\",\"peer\":\"p\",\"rttMs\":1,\"more\":1}", "not described")]
    [InlineData("{\"type\":\"pong\"}", "no definition")]
    public void A_line_that_is_not_as_described_is_found(string line, string problem) =>
        Assert.Contains(problem, Assert.Single(JsonLines.Problems(line)), StringComparison.Ordinal);

    [GeneratedRegex("(?:\\.(?:Fact|Result)\\(|WriteJson\\(talk,)\\s*\"([a-z.]+)\"")]
    private static partial Regex Facts();
}
