using P2P.Core.Multiformats;
using P2P.Crdt.Snapshots;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>A node that dropped the blocks below a snapshot, and its peers.</summary>
public sealed class CompactedNodeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-compacted-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_peer_acknowledges_by_syncing_and_who_has_nothing_gets_all_from_a_compacted_node()
    {
        string text;
        await using (P2PNode old = await TestNodes.StartAsync(_folder))
        {
            TextDocument written = await old.Documents.OpenAsync("notes", TestNodes.Watchdog());
            for (int i = 0; i < 20; i++)
            {
                await written.AppendAsync($"line {i}\n", TestNodes.Watchdog());
            }

            Cid snapshot = await written.MakeSnapshotAsync(TestNodes.Watchdog());
            await using (P2PNode follower = await TestNodes.StartAsync(null, [.. old.Addresses]))
            {
                CompactionOptions both = new() { Peers = [follower.PeerId] };
                Assert.Equal([follower.PeerId], (await written.CompactAsync(both)).Waiting);
                TextDocument followed = await follower.Documents.OpenAsync("notes", TestNodes.Watchdog());
                await TestNodes.UntilAsync(followed, current => current == written.Text);
                await written.WaitForSyncAsync(TestNodes.Watchdog());
                CompactionReport done = await written.CompactAsync(both, TestNodes.Watchdog());
                Assert.Equal((CompactionRefusal.None, snapshot), (done.Refusal, done.Snapshot));
                Assert.True(done.Events > 0);
                Assert.Equal(CompactionRefusal.Store, (await followed.CompactAsync(both)).Refusal); // it keeps nothing on a disk
            }

            await written.AppendAsync("after\n", TestNodes.Watchdog());
            text = written.Text;
            await using P2PNode fresh = await TestNodes.StartAsync(null, [.. old.Addresses]);
            TextDocument read = await fresh.Documents.OpenAsync("notes", TestNodes.Watchdog());
            await TestNodes.UntilAsync(read, current => current == text);
            await read.WaitForSyncAsync(TestNodes.Watchdog());
            Assert.Equal(written.Status.FrontierHash, read.Status.FrontierHash);

            await using P2PNode later = await TestNodes.StartAsync(null, [.. old.Addresses]);
            TextDocument started = await later.Documents.OpenAsync("notes", Trusting(written, snapshot), TestNodes.Watchdog());
            await started.WaitForBootstrapAsync(TestNodes.Watchdog());
            Assert.Equal(BootstrapState.Verified, started.Bootstrap.State);
            await TestNodes.UntilAsync(started, current => current == text);
        }

        await using P2PNode again = await TestNodes.StartAsync(_folder);
        Assert.Equal(text, (await again.Documents.OpenAsync("notes", TestNodes.Watchdog())).Text);
    }

    private static BootstrapOptions Trusting(TextDocument author, Cid snapshot) => new()
    {
        Trusted = [new TextAuthor(author.Replica.Options.Store.Signer!.Author)],
        Snapshot = snapshot,
        TimeLimit = TimeSpan.FromMinutes(1),
    };
}
