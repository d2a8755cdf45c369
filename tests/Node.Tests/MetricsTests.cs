using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using P2P.Node.Documents;
using P2P.Node.Telemetry;

namespace P2P.Node.Tests;

public sealed partial class MetricsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-metrics-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_layer_of_a_node_has_a_meter_whose_instruments_are_named_after_it()
    {
        List<Instrument> published = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name.StartsWith("P2P.", StringComparison.Ordinal))
            {
                lock (published)
                {
                    published.Add(instrument);
                }
            }
        };
        listener.Start();
        await using P2PNode node = await TestNodes.StartAsync(_folder);

        string[] layers = ["Bitswap", "Crdt", "Dht", "Node", "PubSub", "Storage", "Transport"];
        Instrument[] mine;
        lock (published) // nodes of other tests start meanwhile
        {
            mine = [.. published.Where(i => node.Meters.Owns(i.Meter))];
        }

        Assert.Equal(layers.Select(static l => "P2P." + l), mine.Select(static i => i.Meter.Name).Distinct().Order());
        Assert.All(mine, static i => Assert.True(
            i.Name.StartsWith($"p2p.{i.Meter.Name[4..].ToLowerInvariant()}.", StringComparison.Ordinal) || i.Name.StartsWith("messaging.", StringComparison.Ordinal), i.Name));
        Assert.All(mine, static i => Assert.False(string.IsNullOrEmpty(i.Description), i.Name));
        Assert.All(mine, static i => Assert.Matches(Unit(), i.Unit));
    }

    [Fact]
    public async Task What_happened_is_read_back_and_two_nodes_of_one_process_count_apart()
    {
        await using P2PNode first = await TestNodes.StartAsync(_folder);
        using MetricsReader here = new(first);
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        using MetricsReader there = new(second);
        TextDocument notes = await first.Documents.OpenAsync("notes");
        TextDocument copy = await second.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");
        await notes.AppendAsync("two\n");
        await TestNodes.UntilAsync(copy, static text => text == "one\ntwo\n");

        Assert.Equal(2, Value(here, "p2p_crdt_applied_total"));
        Assert.Equal(1, Value(here, "p2p_node_documents"));
        Assert.Equal(1, Value(here, "p2p_transport_connections", "direction=\"in\""));
        Assert.Equal(1, Value(there, "p2p_transport_connections", "direction=\"out\""));
        Assert.True(Value(here, "p2p_storage_used_bytes") > 0);
        Assert.DoesNotContain(there.Read(), static v => v.Name == "p2p_storage_used_bytes");
        Assert.Equal(0, Value(here, "p2p_dht_routing_table_peers") % 1);
    }

    [Fact]
    public async Task The_text_is_what_Prometheus_reads_and_no_label_is_a_peer_a_topic_or_a_cid()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        using MetricsReader reader = new(node);
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");
        using StringWriter text = new();
        reader.WriteTo(text);

        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        Assert.All(lines, static l => Assert.Matches(Line(), l));
        Assert.Contains("# TYPE p2p_crdt_commit_duration_seconds histogram", lines);
        Assert.Contains("p2p_crdt_commit_duration_seconds_count 1", lines);
        Assert.Contains("p2p_crdt_commit_duration_seconds_bucket{le=\"+Inf\"} 1", lines);
        Assert.Equal(lines.Where(static l => l.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count(), lines.Count(static l => l.StartsWith("# TYPE", StringComparison.Ordinal)));
        foreach (string secret in (string[])[node.PeerId.ToString(), notes.Id.ToString(), "notes\""])
        {
            Assert.DoesNotContain(secret, text.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_query_of_the_Grafana_board_names_a_metric_that_exists()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        using MetricsReader reader = new(node);
        await node.Documents.OpenAsync("notes");
        using StringWriter text = new();
        reader.WriteTo(text);
        string[] known = [.. Declared().Matches(text.ToString()).Select(static m => m.Groups[1].Value)];

        using JsonDocument board = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(TestSupport.Require.Root, "deploy", "grafana", "p2p.json")));
        string[] queries =
        [
            .. board.RootElement.GetProperty("panels").EnumerateArray()
                .SelectMany(static p => p.GetProperty("targets").EnumerateArray()).Select(static t => t.GetProperty("expr").GetString()!),
        ];
        Assert.NotEmpty(queries);
        Assert.All(queries, query => Assert.All(Metric().Matches(query), m => Assert.Contains(m.Groups[1].Value, known)));
        Assert.All(queries, static query => Assert.Matches(Metric(), query));
    }

    [Fact]
    public async Task A_measurement_allocates_nothing()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        using MetricsReader reader = new(node);
        Meter meter = node.Meters.Create(new MeterOptions("P2P.Test"));
        Counter<long> counter = meter.CreateCounter<long>("p2p.test.count");
        Histogram<double> histogram = meter.CreateHistogram<double>("p2p.test.duration", "s");
        KeyValuePair<string, object?> tag = new("reason", "Because");
        Measure(100); // the series are made

        long before = GC.GetAllocatedBytesForCurrentThread();
        Measure(1_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(1_100, Value(reader, "p2p_test_count_total", "reason=\"Because\""));
        Assert.Equal(1_100, reader.Read().Single(static v => v.Name == "p2p_test_duration_seconds").Count);

        void Measure(int times)
        {
            for (int i = 0; i < times; i++)
            {
                counter.Add(1, tag);
                histogram.Record(0.001);
            }
        }
    }

    private static double Value(MetricsReader reader, string name, string labels = "") =>
        reader.Read().Where(v => v.Name == name && v.Labels == labels).Select(static v => (double?)v.Value).SingleOrDefault()
        ?? throw new InvalidOperationException($"{name} is not there: {string.Join(", ", reader.Read().Select(static v => v.Name).Distinct())}");

    [GeneratedRegex("^# TYPE ([a-z0-9_]+) ", RegexOptions.Multiline)]
    private static partial Regex Declared();

    [GeneratedRegex("(p2p_[a-z0-9_]+?)(_bucket|_sum|_count)?(?=[{ )\\[]|$)")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^(s|By|\{[a-z]+\})$")]
    private static partial Regex Unit();

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{[a-z0-9_]+="[^"]*"(,[a-z0-9_]+="[^"]*")*\})? [-+0-9.Ee]+)$""")]
    private static partial Regex Line();
}
