using System.Diagnostics;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.Replay;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Node.Telemetry;
using P2P.Node.Topics;

namespace P2P.Node.Tests;

/// <summary>Activities of a node: names, parents, outcomes, and none at all when nobody listens.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_listener_nothing_is_begun_and_nothing_allocated()
    {
        for (int i = 0; i < 2; i++) // the first time makes the sources
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Activity? started = NodeTraces.Source.StartActivity(NodeTraces.GetFile);
            Activity? aside = NodeTraces.Source.StartAside(NodeTraces.Edit);
            aside.Failed(NodeError.NoPeers);
            long after = GC.GetAllocatedBytesForCurrentThread();

            Assert.Null(started);
            Assert.Null(aside);
            Assert.True(i == 0 || after == before, $"{after - before} bytes");
        }
    }

    [Fact]
    public async Task A_start_is_one_activity_and_what_the_node_does_later_is_no_part_of_it()
    {
        using TraceRecorder traces = new();
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        Activity start = await traces.OfAsync(NodeTraces.Start);

        Assert.Equal(traces.Root.SpanId, start.ParentSpanId);
        Assert.Equal(ActivityStatusCode.Unset, start.Status);
        Assert.DoesNotContain(traces.Ended, a => a.ParentSpanId == start.SpanId);
        Assert.Same(traces.Root, Activity.Current);
    }

    [Fact]
    public async Task A_start_that_fails_says_why_by_its_name()
    {
        using TraceRecorder traces = new();
        P2PException error = await Assert.ThrowsAsync<P2PException>(
            () => P2PNode.StartAsync(TestNodes.Options() with { Network = "NOT A NAME" }));
        Activity start = await traces.OfAsync(NodeTraces.Start);

        Assert.Equal(NodeError.InvalidOption, error.Error);
        Assert.Equal(ActivityStatusCode.Error, start.Status);
        Assert.Equal("InvalidOption", start.GetTagItem(Traces.ErrorTag));
    }

    [Fact]
    public async Task An_edit_leads_down_to_the_transaction_that_made_it_durable()
    {
        using TraceRecorder traces = new();
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");

        Activity edit = await traces.OfAsync(NodeTraces.Edit);
        Activity append = await traces.OfAsync("p2p.crdt.append");
        Activity commit = await traces.OfAsync("p2p.crdt.commit", c => c.ParentSpanId == append.SpanId);
        Activity transaction = await traces.OfAsync("p2p.storage.commit", t => t.ParentSpanId == commit.SpanId);
        Assert.Equal(traces.Root.SpanId, edit.ParentSpanId);
        Assert.Equal(edit.SpanId, append.ParentSpanId);
        Assert.Equal(1, transaction.GetTagItem("p2p.storage.events"));
        Assert.All(traces.Ended, static a => Assert.Equal(ActivityStatusCode.Unset, a.Status));
    }

    [Fact]
    public async Task A_file_from_a_peer_is_asked_for_below_the_call_that_wants_it()
    {
        await using P2PNode first = await TestNodes.StartAsync(_folder);
        string source = Path.Combine(_folder, "in.bin");
        await File.WriteAllBytesAsync(source, new byte[3_000_000]);
        using TraceRecorder traces = new();
        Cid cid = await first.Blocks.AddFileAsync(source);
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        await second.Peers.WaitForAsync(1, TestNodes.Watchdog());
        await second.Blocks.GetFileAsync(cid, Path.Combine(_folder, "out.bin"), cancellationToken: TestNodes.Watchdog());

        Activity put = await traces.OfAsync(NodeTraces.PutFile);
        await traces.OfAsync("p2p.storage.commit", t => t.ParentSpanId == put.SpanId);
        Activity got = await traces.OfAsync(NodeTraces.GetFile);
        Activity fetch = await traces.OfAsync("p2p.bitswap.fetch", f => f.ParentSpanId == got.SpanId);
        Activity lookup = await traces.OfAsync("p2p.dht.lookup", l => l.ParentSpanId == got.SpanId);
        Assert.Equal(traces.Root.SpanId, got.ParentSpanId);
        Assert.Equal(ActivityKind.Client, fetch.Kind);
        Assert.Equal(1, fetch.GetTagItem("p2p.bitswap.found"));
        Assert.Equal("FindProviders", lookup.GetTagItem("p2p.dht.operation"));
    }

    [Fact]
    public async Task A_file_that_nobody_has_ends_with_the_name_of_the_error()
    {
        using TraceRecorder traces = new();
        await using P2PNode node = await TestNodes.StartAsync();
        Cid absent = Cid.ForRaw([1, 2, 3]);
        await Assert.ThrowsAsync<P2PException>(() => node.Blocks.GetFileAsync(
            absent, Path.Combine(_folder, "out.bin"), new GetFileOptions { StallLimit = TimeSpan.FromMilliseconds(50) }, cancellationToken: TestNodes.Watchdog()));

        Activity got = await traces.OfAsync(NodeTraces.GetFile);
        Assert.Equal(ActivityStatusCode.Error, got.Status);
        Assert.Equal("NoPeers", got.GetTagItem(Traces.ErrorTag));
    }

    [Fact]
    public async Task A_connection_is_dialled_and_shakes_hands_below_who_asked_for_it()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync();
        using TraceRecorder traces = new();
        await second.Peers.ConnectAsync(first.Addresses[0], TestNodes.Watchdog());

        Activity dial = await traces.OfAsync("p2p.transport.dial");
        Activity handshake = await traces.OfAsync("p2p.transport.handshake");
        Assert.Equal(dial.SpanId, handshake.ParentSpanId);
        Assert.Equal("Manual", dial.GetTagItem("p2p.address.source"));
        Assert.Equal(ActivityKind.Client, handshake.Kind);
    }

    [Fact]
    public async Task A_dial_to_nobody_is_an_error_with_a_reason_of_a_closed_set()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        Multiaddr gone = first.Addresses[0];
        await first.DisposeAsync();
        await using P2PNode second = await TestNodes.StartAsync();
        using TraceRecorder traces = new();
        await Assert.ThrowsAnyAsync<Exception>(() => second.Peers.ConnectAsync(gone, TestNodes.Watchdog()));

        Activity dial = await traces.OfAsync("p2p.transport.dial");
        Assert.Equal(ActivityStatusCode.Error, dial.Status);
        Assert.Equal("Unreachable", dial.GetTagItem(Traces.ErrorTag));
    }

    [Fact]
    public async Task A_log_entry_a_message_and_a_replay_are_traced()
    {
        using TraceRecorder traces = new();
        await using P2PNode node = await TestNodes.StartAsync();
        await (await node.Logs.OpenAsync("audit")).AppendAsync("one");
        await using Topic<string> room = node.Topics.Open<string>("room");
        await room.PublishAsync("hello", TestNodes.Watchdog());
        await Replayer.ReplayAsync(null, [], new MemoryContentSource());

        Activity entry = await traces.OfAsync(NodeTraces.Append);
        Assert.Equal(entry.SpanId, (await traces.OfAsync("p2p.crdt.append")).ParentSpanId);
        Activity message = await traces.OfAsync("p2p.pubsub.publish");
        Assert.Equal(traces.Root.SpanId, message.ParentSpanId);
        Assert.Equal("p2p_gossipsub", message.GetTagItem("messaging.system"));
        Assert.Equal(0, (await traces.OfAsync("p2p.crdt.replay")).GetTagItem("p2p.replay.events"));
    }

    [Fact]
    public async Task Both_sides_of_a_sync_session_are_traced_and_no_tag_names_a_peer_a_document_or_a_topic()
    {
        using TraceRecorder traces = new(all: true);
        await using P2PNode first = await TestNodes.StartAsync();
        TextDocument notes = await first.Documents.OpenAsync("trace-notes");
        await notes.AppendAsync("one\n");
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        TextDocument copy = await second.Documents.OpenAsync("trace-notes");
        await TestNodes.UntilAsync(copy, static text => text == "one\n");

        await traces.OfAsync("p2p.crdt.sync", static s => s.Kind == ActivityKind.Client);
        await traces.OfAsync("p2p.crdt.sync", static s => s.Kind == ActivityKind.Server);
        string[] secrets = [first.PeerId.ToString(), second.PeerId.ToString(), notes.Id.ToString(), "trace-notes"];
        Assert.All(traces.Ended, a => Assert.All(
            a.TagObjects, tag => Assert.DoesNotContain(secrets, s => tag.Value?.ToString()?.Contains(s, StringComparison.Ordinal) == true)));
    }
}
