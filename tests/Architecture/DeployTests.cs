using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>The files of <c>deploy/</c> are linted, and say in their head whether they were run.</summary>
public sealed partial class DeployTests
{
    private static readonly string s_folder = Path.Combine(Require.Root, "deploy");
    private static readonly string[] s_instructions = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENV", "ENTRYPOINT", "CMD"];

    [Theory]
    [InlineData("Dockerfile")]
    [InlineData("p2p.service")]
    public void Every_file_says_whether_it_was_run(string name)
    {
        string head = string.Join('\n', File.ReadLines(Path.Combine(s_folder, name)).TakeWhile(static l => l.StartsWith('#')));
        Assert.Matches(@"not (built or )?run", head);
    }

    [Fact]
    public void The_image_copies_what_exists_runs_as_nobody_special_and_passes_signals_on()
    {
        string[] lines = [.. Lines("Dockerfile")];

        Assert.All(lines, static line => Assert.Contains(line.Split(' ')[0], s_instructions));
        Assert.StartsWith("USER ", lines.Single(static l => l.StartsWith("USER", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.All(lines.Where(static l => l.StartsWith("ENTRYPOINT", StringComparison.Ordinal) || l.StartsWith("CMD", StringComparison.Ordinal)),
            static line => Assert.Contains("[\"", line, StringComparison.Ordinal)); // a shell would swallow SIGTERM
        string project = Regex.Match(string.Join('\n', lines), @"dotnet publish (\S+)").Groups[1].Value;
        Assert.True(Directory.Exists(Path.Combine(Require.Root, project)), project);
    }

    [Fact]
    public void The_unit_has_known_sections_each_key_once_and_gives_time_to_drain()
    {
        string[] lines = [.. Lines("p2p.service")];
        string[] sections = [.. lines.Where(static l => l.StartsWith('['))];
        string[] keys = [.. lines.Where(static l => !l.StartsWith('[')).Select(static l => l.Split('=')[0])];

        Assert.Equal(["[Unit]", "[Service]", "[Install]"], sections);
        Assert.Equal(keys.Distinct(), keys);
        Assert.All(lines.Except(sections), static line => Assert.Matches(Setting(), line));
        Assert.Contains("KillSignal=SIGTERM", lines);
        Assert.Contains("DynamicUser=yes", lines);
    }

    private static IEnumerable<string> Lines(string name) =>
        File.ReadLines(Path.Combine(s_folder, name)).Select(static l => l.Trim()).Where(static l => l.Length > 0 && l[0] != '#');

    [GeneratedRegex("^[A-Z][A-Za-z]+=.*$")]
    private static partial Regex Setting();
}
