using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Snapshots;
using P2P.Node.Documents;
using P2P.Storage;

namespace P2P.Node.Tests;

public sealed class BootstrapTests
{
    private static readonly StorageOptions s_small = new() { RemoteReserveBytes = long.MaxValue }; // no disk has so much left: nothing of others is taken

    [Fact]
    public async Task A_fresh_node_starts_from_a_peers_snapshot_by_cid_and_ends_with_the_whole_document()
    {
        await using P2PNode old = await TestNodes.StartAsync();
        TextDocument written = await old.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await written.AppendAsync("one\n", TestNodes.Watchdog());
        await written.AppendAsync("two\n", TestNodes.Watchdog());
        Cid snapshot = await written.MakeSnapshotAsync(TestNodes.Watchdog());
        await written.AppendAsync("after\n", TestNodes.Watchdog());

        await using P2PNode fresh = await TestNodes.StartAsync();
        TextDocument read = await OpenAsync(fresh, old, Trusting(written, snapshot));
        await read.WaitForBootstrapAsync(TestNodes.Watchdog());

        Assert.Equal(BootstrapState.Verified, read.Bootstrap.State);
        await TestNodes.UntilAsync(read, static text => text == "one\ntwo\nafter\n");
        await read.WaitForSyncAsync(TestNodes.Watchdog());
        Assert.Equal(written.Status.FrontierHash, read.Status.FrontierHash);
    }

    [Fact]
    public async Task Without_a_cid_the_newest_snapshot_behind_the_announced_heads_is_found()
    {
        await using P2PNode old = await TestNodes.StartAsync();
        TextDocument written = await old.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await written.AppendAsync("one\n", TestNodes.Watchdog());
        Cid snapshot = await written.MakeSnapshotAsync(TestNodes.Watchdog());
        await written.AppendAsync("after\n", TestNodes.Watchdog());

        await using P2PNode fresh = await TestNodes.StartAsync();
        TextDocument read = await OpenAsync(fresh, old, Trusting(written, default));
        await read.WaitForBootstrapAsync(TestNodes.Watchdog());

        Assert.Equal((BootstrapState.Verified, snapshot), (read.Bootstrap.State, read.Bootstrap.Snapshot));
        await TestNodes.UntilAsync(read, static text => text == "one\nafter\n");
    }

    [Fact]
    public async Task A_lying_snapshot_is_named_and_the_document_comes_from_its_history()
    {
        await using P2PNode liar = await TestNodes.StartAsync();
        TextDocument written = await liar.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await written.AppendAsync("pay alice", TestNodes.Watchdog());
        Event honest = await EventAsync(written, await written.MakeSnapshotAsync(TestNodes.Watchdog()));
        Assert.Equal(InvalidReason.None, SnapBody.TryRead(honest.Body, out SnapBody? body));
        SnapBody lie = body! with { State = EventDigest.Sha256([1]) };
        Event snap = await written.Replica.BroadcastAppendAsync(
            new EventDraft { Type = FederationTypes.Snapshot, Body = lie.Encode() }, TestNodes.Watchdog());

        await using P2PNode fresh = await TestNodes.StartAsync();
        TextDocument read = await OpenAsync(fresh, liar, Trusting(written, snap.Cid));
        await read.WaitForBootstrapAsync(TestNodes.Watchdog());

        Assert.Equal((BootstrapState.Refused, SnapshotRefusal.State), (read.Bootstrap.State, read.Bootstrap.Refusal));
        Assert.Equal(snap.Cid, read.Bootstrap.Snapshot);
        Assert.Null(read.Bootstrap.Text);
        await TestNodes.UntilAsync(read, static text => text == "pay alice");
    }

    [Fact]
    public async Task A_start_that_fails_ends_in_the_history_and_the_document_closes_as_always()
    {
        await using P2PNode old = await TestNodes.StartAsync();
        TextDocument written = await old.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await written.AppendAsync("one\n", TestNodes.Watchdog());
        Cid snapshot = await written.MakeSnapshotAsync(TestNodes.Watchdog());

        await using P2PNode fresh = await TestNodes.StartAsync();
        BootstrapOptions failing = Trusting(written, snapshot) with { TimeLimit = TimeSpan.MaxValue }; // no timer goes so far
        TextDocument read = await OpenAsync(fresh, old, failing);
        await read.WaitForBootstrapAsync(TestNodes.Watchdog());

        Assert.Equal(BootstrapState.NotFound, read.Bootstrap.State);
        await TestNodes.UntilAsync(read, static text => text == "one\n");
    }

    [Fact]
    public async Task A_node_without_room_shows_the_text_as_unverified_and_does_not_say_that_it_has_the_history()
    {
        await using P2PNode old = await TestNodes.StartAsync();
        TextDocument written = await old.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await written.AppendAsync("one\n", TestNodes.Watchdog());
        Cid snapshot = await written.MakeSnapshotAsync(TestNodes.Watchdog());

        string folder = Directory.CreateTempSubdirectory("p2p-bootstrap-").FullName;
        try
        {
            await using P2PNode fresh = await P2PNode.StartAsync(TestNodes.Options(folder) with { Storage = s_small });
            TextDocument read = await OpenAsync(fresh, old, Trusting(written, snapshot));
            await read.WaitForBootstrapAsync(TestNodes.Watchdog());

            Assert.Equal((BootstrapState.Unverified, BusyReason.Store, "one\n"), (read.Bootstrap.State, read.Bootstrap.Limit, read.Bootstrap.Text));
            Assert.Equal(0, read.Status.AppliedCount);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // They meet when it waits for somebody: the others may open a session at once, and a document that has its history needs no snapshot.
    private static async Task<TextDocument> OpenAsync(P2PNode fresh, P2PNode other, BootstrapOptions options)
    {
        TextDocument document = await fresh.Documents.OpenAsync("notes", options, TestNodes.Watchdog());
        await fresh.Peers.ConnectAsync(other.Addresses[0], TestNodes.Watchdog());
        return document;
    }

    private static BootstrapOptions Trusting(TextDocument author, Cid snapshot) => new()
    {
        Trusted = [new TextAuthor(author.Replica.Options.Store.Signer!.Author)],
        Snapshot = snapshot,
        TimeLimit = TimeSpan.FromMinutes(1),
    };

    private static async Task<Event> EventAsync(TextDocument document, Cid cid) =>
        Assert.Single(await document.Replica.GetEventsAsync([cid], TestNodes.Watchdog()));
}
