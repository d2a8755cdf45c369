using System.Runtime.CompilerServices;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>A document that could not be opened leaves everything as it was.</summary>
public sealed class DocumentHostTests
{
    private static readonly Genesis s_document = Genesis.Create("node-tests", "notes");

    [Fact]
    public async Task A_document_whose_opening_from_a_snapshot_fails_early_can_be_asked_for_by_sessions_again()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-host-");
        await using (P2PNode before = await TestNodes.StartAsync(folder.FullName))
        {
            TextDocument notes = await before.Documents.OpenAsync("notes", TestNodes.Watchdog());
            await notes.AppendAsync("kept\n", TestNodes.Watchdog());
        }

        await using (P2PNode node = await TestNodes.StartAsync(folder.FullName))
        {
            await UntilAskableAsync(node);
            BootstrapOptions bootstrap = new() { Trusted = [node.Author.Key!.Value] };
            NodeServices failing = node.Parts.Services with { Store = new UnreadableStore(node.Parts.Services.Store) };

            await Assert.ThrowsAsync<StoreException>(() => DocumentHost.OpenAsync(failing, s_document, bootstrap, TestNodes.Watchdog()));

            using (SyncLease lease = await node.Parts.Dormant.LeaseAsync(s_document.Cid, TestNodes.Watchdog()))
            {
                Assert.Equal(1, lease.Replica?.Status.AppliedCount);
            }

            TextDocument opened = await node.Documents.OpenAsync("notes", bootstrap, TestNodes.Watchdog());
            Assert.Equal("kept\n", opened.Text);
        }

        folder.Delete(recursive: true);
    }

    // The documents of a store are read in the background after a start.
    private static async Task UntilAskableAsync(P2PNode node)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (node.Parts.Dormant.Counts.Known == 0)
        {
            await Task.Delay(5, watchdog);
        }
    }

    private sealed class UnreadableStore(IEventStore inner) : IEventStore
    {
        public ulong Epoch => inner.Epoch;

        public ISigner? Signer => inner.Signer;

        public async IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            throw new StoreException(StoreError.Io, "The test says so.");
#pragma warning disable CS0162 // makes it an iterator
            yield break;
#pragma warning restore CS0162
        }

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            inner.GetOwnTipAsync(document, author, cancellationToken);

        public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken) => inner.CommitAsync(batch, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => inner.GetBlockAsync(cid, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
