using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Storage.Inspection;

/// <summary>
/// Snapshots of compacted documents whose data nobody reads any more: the newest compaction has every dropped block, so the data of earlier snapshots
/// may go. Otherwise a document with a snapshot a day would keep its history as often as it has days.
/// </summary>
internal sealed class ReplacedSnapshots
{
    private readonly List<(long Document, Cid Snapshot)> _archives = [];

    /// <summary>Rows of <c>snap</c> events whose links keep nothing.</summary>
    public HashSet<long> Events { get; } = [];

    public static async Task<ReplacedSnapshots> OfAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        ReplacedSnapshots replaced = new();
        foreach (object[] row in Rows.Of(connection, "SELECT id, cid FROM document").ToList())
        {
            List<Cid> archives = DroppedBlocks.Snapshots(connection, Rows.Number(row[0]));
            if (archives.Count > 0 && Cid.TryRead(Rows.Bytes(row[1]), out Cid cid, out _))
            {
                await replaced.AddAsync(connection, new DocumentRow(Rows.Number(row[0]), cid, null), archives, cancellationToken);
            }
        }

        return replaced;
    }

    /// <summary>Nothing is read from them any more.</summary>
    public void Forget(SqliteConnection connection, SqliteTransaction transaction)
    {
        foreach ((long document, Cid snapshot) in _archives)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "DELETE FROM archive WHERE doc = $a AND snap = $b";
            command.Parameters.AddWithValue("$a", document);
            command.Parameters.AddWithValue("$b", snapshot.Bytes.ToArray());
            command.ExecuteNonQuery();
        }
    }

    private async Task AddAsync(SqliteConnection connection, DocumentRow document, List<Cid> archives, CancellationToken cancellationToken)
    {
        DroppedBlocks newest = await DroppedBlocks.OfAsync(connection, document, archives.Take(1), cancellationToken);
        const string dropped = "SELECT b.cid FROM event e JOIN block b ON b.id = e.block WHERE e.doc = $a AND b.bytes IS NULL";
        foreach (object[] row in Rows.Of(connection, dropped, document.Id))
        {
            if (!Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _) || newest.Find(cid) is null)
            {
                return; // an event hidden since: an earlier snapshot alone has it
            }
        }

        _archives.AddRange(archives.Skip(1).Select(older => (document.Id, older)));
        const string earlier =
            """
            SELECT b.id, b.bytes FROM log l JOIN block b ON b.id = l.block WHERE l.doc = $a AND b.bytes IS NOT NULL
            AND l.pos < (SELECT x.pos FROM log x JOIN block s ON s.id = x.block WHERE x.doc = $a AND s.cid = $b)
            """;
        foreach (object[] row in Rows.Of(connection, earlier, document.Id, archives[0].Bytes.ToArray()))
        {
            if (EventCodec.TryDecode(Rows.Bytes(row[1]), document.Cid, out Event? item, out _) && item!.Type == FederationTypes.Snapshot)
            {
                Events.Add(Rows.Number(row[0]));
            }
        }
    }
}
