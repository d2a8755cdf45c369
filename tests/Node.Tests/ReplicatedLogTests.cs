using System.Text.Json;
using System.Text.Json.Serialization;
using P2P.Core.Encoding;
using P2P.Crdt.Events;
using P2P.Node.Documents;
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
            await foreach (LogChange<Audit> change in log.Changes(cancellationToken: TestNodes.Watchdog()))
            {
                Assert.True(change.Entry.IsReadable);
                if (seen.Add(change.Entry.Item!.What) && seen.Count == 2)
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
    public async Task A_log_with_writers_is_shared_by_its_ticket_and_takes_nothing_of_others()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        WriterPolicy writers = WriterPolicy.Allow(one.Author.Key!.Value);
        IReplicatedLog<string> log = await one.Logs.CreateAsync<string>(new DocumentOptions { Name = "audit", Writers = writers });
        await log.AppendAsync("door");

        IReplicatedLog<string> copy = await two.Logs.OpenAsync(log.Ticket, TextLogFormat.Instance);
        Assert.Equal(log.Id, copy.Id);
        Assert.Equal(writers.Authors, copy.Writers.Authors);
        await foreach (LogChange<string> change in copy.Changes(cancellationToken: TestNodes.Watchdog()))
        {
            Assert.Equal("door", change.Entry.Item);
            Assert.Equal(TextOrigin.Remote, change.Origin);
            break;
        }

        P2PException refused = await Assert.ThrowsAsync<P2PException>(() => copy.AppendAsync("forged"));
        Assert.Equal(NodeError.NotAWriter, refused.Error);
        IReplicatedLog<string> open = await one.Logs.OpenAsync("audit"); // of the same name, for anybody
        Assert.NotEqual(log.Id, open.Id);
        Assert.Null(open.Writers.Authors);
        Assert.NotEqual(log.Id, (await one.Logs.CreateAsync(new DocumentOptions(), BytesLogFormat.Instance)).Id);
    }

    [Fact]
    public async Task A_place_in_the_stream_of_another_store_is_refused_by_name()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync();
        IReplicatedLog<string> here = await one.Logs.OpenAsync("log");
        IReplicatedLog<string> there = await two.Logs.OpenAsync("log");
        await here.AppendAsync("entry");
        P2PException? refused = null;
        await foreach (LogChange<string> change in here.Changes(cancellationToken: TestNodes.Watchdog()))
        {
            await using IAsyncEnumerator<LogChange<string>> changes = there.Changes(change.Cursor, TestNodes.Watchdog()).GetAsyncEnumerator();
            refused = await Assert.ThrowsAsync<P2PException>(async () => await changes.MoveNextAsync());
            break;
        }

        Assert.Equal(NodeError.CursorInvalid, refused?.Error);
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

    [Fact]
    public async Task Code_of_the_application_that_throws_at_what_somebody_signed_refuses_that_entry_and_the_readers_go_on()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        IReplicatedLog<string> anything = await node.Logs.OpenAsync("strict");
        IReplicatedLog<Strict> log = await node.Logs.OpenAsync("strict", new JsonLogFormat<Strict>(AuditJson.Default.Strict));
        string[] signed =
        [
            """{"Level":-1,"Note":"x","Colour":"red"}""", // the constructor throws
            """{"Level":1,"Note":"","Colour":"red"}""", // the setter
            """{"Level":1,"Note":"x","Colour":"blue"}""", // the converter
            """[]""",
            """{"Level":1,"Note":"x","Colour":"red"}""",
        ];
        foreach (string entry in signed)
        {
            await anything.AppendAsync(entry, TestNodes.Watchdog());
        }

        DagCborWriter odd = new();
        odd.WriteMapStart(0);
        await log.Replica.AppendEventAsync(new EventDraft { Type = ReplicatedLogLimits.EventType, Body = odd.ToArray() }, TestNodes.Watchdog());
        EntryRefusal[] expected =
            [EntryRefusal.TypeThrew, EntryRefusal.TypeThrew, EntryRefusal.TypeThrew, EntryRefusal.NotOfFormat, EntryRefusal.None, EntryRefusal.NotAnEntry];

        IReadOnlyList<LogEntry<Strict>> read = await log.ReadAsync(TestNodes.Watchdog());
        Assert.Equal(expected, read.Select(static e => e.Refusal));
        Assert.Equal([false, false, false, false, true, false], read.Select(static e => e.IsReadable));
        Assert.Equal("x", read[4].Item?.Note);
        Assert.Equal(3, node.Parts.Reading.Refused(EntryRefusal.TypeThrew));
        Assert.Equal(1, node.Parts.Reading.Refused(EntryRefusal.NotOfFormat));
        Assert.Equal(1, node.Parts.Reading.Refused(EntryRefusal.NotAnEntry));
        List<EntryRefusal> followed = [];
        await foreach (LogChange<Strict> change in log.Changes(cancellationToken: TestNodes.Watchdog()))
        {
            followed.Add(change.Entry.Refusal);
            if (followed.Count == expected.Length)
            {
                break;
            }
        }

        Assert.Equal(expected, followed);
        Assert.All(signed[..4], static text => Assert.False(new JsonLogFormat<Strict>(AuditJson.Default.Strict).TryRead(System.Text.Encoding.UTF8.GetBytes(text), out _)));
    }

    [Fact]
    public async Task A_format_of_the_application_that_throws_ends_neither_a_log_nor_a_topic()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        await using P2PNode other = await TestNodes.StartAsync(null, [.. node.Addresses]);
        IReplicatedLog<string> log = await node.Logs.OpenAsync("odd", new ThrowingFormat());
        await log.AppendAsync("bad", TestNodes.Watchdog());
        await log.AppendAsync("good", TestNodes.Watchdog());
        Assert.Equal([EntryRefusal.TypeThrew, EntryRefusal.None], (await log.ReadAsync(TestNodes.Watchdog())).Select(static e => e.Refusal));

        await using Topics.Topic<string> here = node.Topics.Open("odd", new ThrowingFormat());
        await using Topics.Topic<string> there = other.Topics.Open<string>("odd");
        await there.WaitForPeersAsync(1, TestNodes.Watchdog());
        await using IAsyncEnumerator<Topics.TopicMessage<string>> messages = here.Messages(TestNodes.Watchdog()).GetAsyncEnumerator();
        Task<bool> next = messages.MoveNextAsync().AsTask();
        await there.PublishAsync("bad", TestNodes.Watchdog());
        await UntilAsync(() => here.Unreadable == 1);
        await there.PublishAsync("good", TestNodes.Watchdog());

        Assert.True(await next);
        Assert.Equal("good", messages.Current.Body);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await poll.WaitForNextTickAsync(watchdog);
        }
    }

    internal sealed record Audit(string What, int Level);

    /// <summary>A type that guards its rules by exceptions, as many do.</summary>
    internal sealed class Strict(int level)
    {
        private string _note = string.Empty;

        public int Level { get; } = level < 0 ? throw new ArgumentOutOfRangeException(nameof(level)) : level;

        public string Note
        {
            get => _note;
            set => _note = value.Length > 0 ? value : throw new InvalidOperationException("A note has a text.");
        }

        [JsonConverter(typeof(ColourConverter))]
        public ConsoleColor Colour { get; set; }
    }

    internal sealed class ColourConverter : JsonConverter<ConsoleColor>
    {
        public override ConsoleColor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() == "red" ? ConsoleColor.Red : throw new KeyNotFoundException("No such colour.");

        public override void Write(Utf8JsonWriter writer, ConsoleColor value, JsonSerializerOptions options) => writer.WriteStringValue("red");
    }

    /// <summary>Breaks the contract of formats.</summary>
    private sealed class ThrowingFormat : ILogFormat<string>
    {
        public byte[] Write(string item) => TextLogFormat.Instance.Write(item);

        public bool TryRead(ReadOnlySpan<byte> source, out string? item) =>
            TextLogFormat.Instance.TryRead(source, out item) && (item != "bad" ? true : throw new OperationCanceledException());
    }

    [JsonSerializable(typeof(Audit))]
    [JsonSerializable(typeof(Strict))]
    internal sealed partial class AuditJson : JsonSerializerContext;
}
