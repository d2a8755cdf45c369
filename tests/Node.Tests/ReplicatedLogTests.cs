using System.Text.Json.Serialization;
using P2P.Core.Encoding;
using P2P.Crdt.Events;
using P2P.Node.Logs;

namespace P2P.Node.Tests;

public sealed partial class ReplicatedLogTests
{
    [Fact]
    public async Task Entries_of_two_nodes_end_in_the_same_order_on_both_and_verify()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        JsonLogFormat<Audit> format = new(AuditJson.Default.Audit);
        IReplicatedLog<Audit> here = await first.Logs.OpenAsync("audit", format);
        IReplicatedLog<Audit> there = await second.Logs.OpenAsync("audit", format);
        Assert.Equal(here.Id, there.Id);

        await Task.WhenAll(
            here.AppendAsync(new Audit("door", 1)),
            there.AppendAsync(new Audit("window", 2)));
        foreach (IReplicatedLog<Audit> log in new[] { here, there })
        {
            HashSet<string> seen = [];
            await foreach ((LogEntry<Audit> entry, _) in log.FollowAsync(cancellationToken: TestNodes.Watchdog()))
            {
                Assert.True(entry.IsReadable);
                if (seen.Add(entry.Item!.What) && seen.Count == 2)
                {
                    break;
                }
            }
        }

        IReadOnlyList<LogEntry<Audit>> left = await here.ReadAsync();
        IReadOnlyList<LogEntry<Audit>> right = await there.ReadAsync();
        Assert.Equal(left.Select(static e => (e.Event, e.Item)), right.Select(static e => (e.Event, e.Item)));
        Assert.Equal(2, (await there.VerifyAsync()).Signed);
        Assert.True((await here.VerifyAsync()).IsSound);
    }

    [Fact]
    public async Task Without_a_format_a_log_or_topic_is_text_bytes_or_what_the_options_know_and_anything_else_is_refused_at_once()
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options() with { Json = AuditJson.Default.Options });
        IReplicatedLog<Audit> log = await node.Logs.OpenAsync<Audit>("audit");
        await log.AppendAsync(new Audit("door", 3));
        IReplicatedLog<string> text = await node.Logs.OpenAsync<string>("audit");
        IReplicatedLog<ReadOnlyMemory<byte>> bytes = await node.Logs.OpenAsync<ReadOnlyMemory<byte>>("audit");
        await using Topics.Topic<Audit> topic = node.Topics.Open<Audit>("audit");

        Assert.Equal(new Audit("door", 3), Assert.Single(await log.ReadAsync()).Item);
        Assert.Equal("{\"What\":\"door\",\"Level\":3}", Assert.Single(await text.ReadAsync()).Item);
        ReadOnlyMemory<byte> raw = Assert.Single(await bytes.ReadAsync()).Item;
        Assert.Equal("{\"What\":\"door\",\"Level\":3}", System.Text.Encoding.UTF8.GetString(raw.Span));
        ArgumentException unknown = await Assert.ThrowsAsync<ArgumentException>(() => node.Logs.OpenAsync<Uri>("audit"));
        Assert.Contains("P2POptions.Json", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => node.Topics.Open<Uri>("audit"));
    }

    [Fact]
    public async Task What_is_no_entry_is_shown_as_unreadable_and_text_beside_a_log_stays_text()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        IReplicatedLog<Audit> log = await node.Logs.OpenAsync("mixed", new JsonLogFormat<Audit>(AuditJson.Default.Audit));
        IReplicatedLog<string> text = await node.Logs.OpenAsync("mixed");
        Documents.TextDocument document = await node.Documents.OpenAsync("mixed");

        await text.AppendAsync("not json");
        DagCborWriter odd = new();
        odd.WriteMapStart(0);
        await log.Replica.AppendEventAsync(new EventDraft { Type = ReplicatedLogLimits.EventType, Body = odd.ToArray() });
        await document.AppendAsync("a line\n");
        await log.AppendAsync(new Audit("door", 3));

        Assert.Equal([false, false, true], (await log.ReadAsync()).Select(static e => e.IsReadable));
        Assert.Equal(["not json", null, "{\"What\":\"door\",\"Level\":3}"], (await text.ReadAsync()).Select(static e => e.Item));
        Assert.Equal("a line\n", document.Text);
    }

    [Fact]
    public async Task An_entry_too_large_for_one_event_is_the_callers_mistake()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        IReplicatedLog<string> log = await node.Logs.OpenAsync("large");

        Assert.Equal(NodeError.TooLong, (await Assert.ThrowsAsync<P2PException>(() => log.AppendAsync(new string('x', ReplicatedLogLimits.EntryBytesMax + 1)))).Error);
        LogEntry<string> last = await log.AppendAsync(new string('x', ReplicatedLogLimits.EntryBytesMax));

        Assert.Equal(1UL, last.Sequence);
    }

    internal sealed record Audit(string What, int Level);

    [JsonSerializable(typeof(Audit))]
    internal sealed partial class AuditJson : JsonSerializerContext;
}
