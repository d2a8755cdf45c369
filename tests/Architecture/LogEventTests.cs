using System.Globalization;
using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>What operators filter on: each log event has an id of its own, in the thousand of its layer, and a line in docs/operations.md.</summary>
public sealed partial class LogEventTests
{
    private static readonly Dictionary<string, int> s_thousands = new(StringComparer.Ordinal)
    {
        ["Transport"] = 1,
        ["Dht"] = 2,
        ["PubSub"] = 3,
        ["Crdt"] = 4,
        ["Node"] = 5,
        ["Storage"] = 6,
        ["Bitswap"] = 7,
        ["Dashboard"] = 8,
        ["Cli"] = 8,
    };

    private static readonly (string Project, int Id, string Level, string Message)[] s_events =
    [
        .. from path in Product.Sources("src")
           from match in Declared().Matches(File.ReadAllText(path))
           let id = int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture)
           orderby id
           select (Product.Relative(path).Split('/', '\\')[1], id, match.Groups["level"].Value, match.Groups["says"].Value.Replace("\\\"", "\"", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_log_event_is_found_in_the_sources()
    {
        int attributes = Product.Sources("src").Sum(static path => Attribute().Count(File.ReadAllText(path)));
        Assert.Equal(attributes, s_events.Length);
        Assert.NotEmpty(s_events);
    }

    [Fact]
    public void No_two_log_events_have_one_id() => Assert.Empty(
        s_events.GroupBy(static e => e.Id).Where(static g => g.Count() > 1).Select(static g => $"{g.Key}: {string.Join(" / ", g.Select(static e => e.Message))}"));

    [Fact]
    public void Every_log_event_is_in_the_thousand_of_its_layer() => Assert.Empty(
        s_events.Where(static e => e.Id / 1_000 != s_thousands.GetValueOrDefault(e.Project, -1)).Select(static e => $"{e.Project} has {e.Id}"));

    [Fact]
    public void The_table_of_log_events_is_what_the_code_logs()
    {
        string page = File.ReadAllText(Path.Combine(Require.Root, "docs", "operations.md"));
        IEnumerable<string> rows = page[page.IndexOf("## Log events", StringComparison.Ordinal)..].Split('\n').Where(static l => Row().IsMatch(l));
        Assert.Equal(
            s_events.Select(static e => string.Create(CultureInfo.InvariantCulture, $"| {e.Id} | {e.Level} | {e.Message.Replace("|", "\\|", StringComparison.Ordinal)} |")), rows);
    }

    [GeneratedRegex("""\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+), "(?<says>(?:[^"\\]|\\.)*)""")]
    private static partial Regex Declared();

    [GeneratedRegex(@"^\s*\[LoggerMessage\b", RegexOptions.Multiline)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^\| \d{4} \|")]
    private static partial Regex Row();
}
