using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Node.Tests;

/// <summary>The change stream of a log: one item an entry, where it came from, and that it left.</summary>
public sealed class LogChangesTests
{
    [Fact]
    public async Task An_entry_that_leaves_a_log_comes_again_as_a_retraction()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        IReplicatedLog<string> log = await node.Logs.OpenAsync("log");
        await using IAsyncEnumerator<LogChange<string>> changes = log.Changes(cancellationToken: TestNodes.Watchdog()).GetAsyncEnumerator();
        using PrivateKey key = PrivateKey.FromEd25519Seed(Enumerable.Repeat((byte)7, 32).ToArray());
        KeySigner forker = new(key);

        LogEntry<string> own = await log.AppendAsync("own");
        LogChange<string> first = await NextAsync(changes);
        Assert.Equal(("own", TextOrigin.Local, own.Event, own.At), (first.Entry.Item, first.Origin, first.Event, first.At));
        Assert.Equal(node.Author.Key, first.Author);

        Event left = FirstOf(forker, log.Id, "left");
        await log.Replica.InsertEventAsync(left, TestNodes.Watchdog());
        LogChange<string> second = await NextAsync(changes);
        Assert.Equal(("left", TextOrigin.Remote, left.Cid), (second.Entry.Item, second.Origin, second.Event));
        Assert.False(second.IsRetraction);

        await log.Replica.InsertEventAsync(FirstOf(forker, log.Id, "right"), TestNodes.Watchdog());
        LogChange<string> third = await NextAsync(changes);
        Assert.Equal(("left", TextOrigin.Retraction, left.Cid), (third.Entry.Item, third.Origin, third.Event));
        Assert.True(third.IsRetraction);
        Assert.Equal("own", Assert.Single(await log.ReadAsync(TestNodes.Watchdog())).Item);

        await using IAsyncEnumerator<LogChange<string>> later = log.Changes(second.Cursor, TestNodes.Watchdog()).GetAsyncEnumerator();
        Assert.Equal((left.Cid, TextOrigin.Retraction), (await NextAsync(later) is { } again ? (again.Event, again.Origin) : default));
    }

    [Fact]
    public async Task What_this_node_wrote_before_a_restart_is_still_its_own_in_logs_and_texts()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-own-");
        LogEntry<string> written;
        await using (P2PNode node = await TestNodes.StartAsync(folder.FullName))
        {
            written = await (await node.Logs.OpenAsync("log")).AppendAsync("entry");
            await (await node.Documents.OpenAsync("text")).AppendAsync("line\n");
        }

        await using (P2PNode node = await TestNodes.StartAsync(folder.FullName))
        {
            await using IAsyncEnumerator<LogChange<string>> entries = (await node.Logs.OpenAsync("log")).Changes(cancellationToken: TestNodes.Watchdog()).GetAsyncEnumerator();
            LogChange<string> entry = await NextAsync(entries);
            Assert.Equal((written.Event, TextOrigin.Local), (entry.Event, entry.Origin));
            await using IAsyncEnumerator<TextChange> lines = (await node.Documents.OpenAsync("text")).Changes(cancellationToken: TestNodes.Watchdog()).GetAsyncEnumerator();
            Assert.True(await lines.MoveNextAsync());
            Assert.Equal(("line\n", TextOrigin.Local), (lines.Current.Inserted, lines.Current.Origin));
        }

        folder.Delete(recursive: true);
    }

    private static async Task<LogChange<string>> NextAsync(IAsyncEnumerator<LogChange<string>> changes)
    {
        Assert.True(await changes.MoveNextAsync());
        return changes.Current;
    }

    /// <summary>A first event of an author, signed; two of them are a fork.</summary>
    private static Event FirstOf(KeySigner author, Cid document, string text)
    {
        AppendContext context = new(document, author.Author, 1, default, [], 1);
        EventDraft draft = new() { Type = ReplicatedLogLimits.EventType, Body = LogBody.Write(TextLogFormat.Instance.Write(text)) };
        return EventCodec.Sign(context, draft, at: 1, author, out InvalidReason reason) ?? throw new InvalidOperationException($"{reason}");
    }
}
