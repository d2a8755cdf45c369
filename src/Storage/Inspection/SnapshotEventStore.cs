using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>The applied events of one document in a snapshot, for a replica that only looks. Nothing can be written.</summary>
internal sealed class SnapshotEventStore(SqliteConnection connection, long document, DroppedBlocks dropped) : IEventStore
{
    public ulong Epoch => 0;

    public ISigner? Signer => null;

    public async IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (object[] row in Rows.Of(connection, "SELECT b.cid, b.bytes FROM log l JOIN block b ON b.id = l.block WHERE l.doc = $a ORDER BY l.pos", document))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _) && (row[1] as byte[] ?? dropped.Find(cid)?.Bytes) is ReadOnlyMemory<byte> bytes)
            {
                yield return new StoredBlock(cid, bytes, IsApplied: true);
            }
        }
    }

    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) => ValueTask.FromResult<OwnTip?>(null);

    public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken) =>
        throw new StoreException(StoreError.ReadOnly, "A snapshot is only read.");

    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult<ReadOnlyMemory<byte>?>(null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
