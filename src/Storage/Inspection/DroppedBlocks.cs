using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Snapshots;

namespace P2P.Storage.Inspection;

/// <summary>The events of one document whose blocks were dropped, read back from the snapshots that have them.</summary>
internal sealed class DroppedBlocks
{
    private readonly Dictionary<Cid, Event> _events = [];

    private DroppedBlocks()
    {
    }

    /// <summary>Snapshots whose data is not whole, and the block that is missing or wrong.</summary>
    public List<(Cid Snapshot, Cid Block, SnapshotRefusal Why)> Unreadable { get; } = [];

    /// <summary>Reads all snapshots that blocks of a document were dropped for, newest first.</summary>
    public static ValueTask<DroppedBlocks> OfAsync(SqliteConnection connection, DocumentRow document, CancellationToken cancellationToken) =>
        OfAsync(connection, document, Snapshots(connection, document.Id), cancellationToken);

    /// <summary>Reads some snapshots.</summary>
    public static async ValueTask<DroppedBlocks> OfAsync(
        SqliteConnection connection, DocumentRow document, IEnumerable<Cid> snapshots, CancellationToken cancellationToken)
    {
        DroppedBlocks dropped = new();
        foreach (Cid snapshot in snapshots)
        {
            SnapshotArchive archive = await SnapshotArchive.ReadAsync(
                document.Cid, snapshot, (cid, _) => ValueTask.FromResult(BytesOf(connection, cid)), cancellationToken);
            foreach ((Cid cid, Event item) in archive.Events)
            {
                dropped._events.TryAdd(cid, item);
            }

            if (archive.Refusal != SnapshotRefusal.None)
            {
                dropped.Unreadable.Add((snapshot, archive.Missing, archive.Refusal));
            }
        }

        return dropped;
    }

    /// <summary>Snapshots that blocks of a document were dropped for, newest first.</summary>
    public static List<Cid> Snapshots(SqliteConnection connection, long document)
    {
        List<Cid> snapshots = [];
        if (Rows.Scalar(connection, "PRAGMA user_version") >= StoreSchema.SharesSince) // a store that was not opened since has no such table
        {
            foreach (object[] row in Rows.Of(connection, "SELECT snap FROM archive WHERE doc = $a ORDER BY rowid DESC", document))
            {
                snapshots.Add(Cid.TryRead(Rows.Bytes(row[0]), out Cid snapshot, out _) ? snapshot : default);
            }
        }

        return snapshots;
    }

    /// <summary>A dropped event, or null.</summary>
    public Event? Find(Cid cid) => _events.GetValueOrDefault(cid);

    private static ReadOnlyMemory<byte>? BytesOf(SqliteConnection connection, Cid cid)
    {
        foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE cid = $a", cid.Bytes.ToArray()))
        {
            return row[0] is byte[] bytes ? bytes : default(ReadOnlyMemory<byte>?);
        }

        return null;
    }
}
