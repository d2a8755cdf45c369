using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage.Inspection;

/// <summary>Writes a snapshot as a CAR. Rotten blocks are left out and named: a backup must not spread them.</summary>
internal sealed class StoreBackup(SqliteConnection connection, IReadOnlyList<DocumentRow> documents)
{
    private readonly List<Cid> _missing = [];
    private DroppedBlocks? _dropped;

    public async Task<(long Blocks, IReadOnlyList<Cid> Missing)> WriteAsync(Stream destination, CancellationToken cancellationToken)
    {
        CarWriter car = new(destination);
        await car.WriteHeaderAsync(Roots(), cancellationToken);
        foreach (DocumentRow document in documents)
        {
            await CopyAsync(car, "SELECT cid, bytes FROM block WHERE cid = $a", document.Cid.Bytes.ToArray(), cancellationToken);
            _dropped = await DroppedBlocks.OfAsync(connection, document, cancellationToken);
            await CopyAsync(car, "SELECT b.cid, b.bytes FROM log l JOIN block b ON b.id = l.block WHERE l.doc = $a ORDER BY l.pos", document.Id, cancellationToken);
            await CopyAsync(car, "SELECT b.cid, b.bytes FROM held h JOIN block b ON b.id = h.block WHERE h.doc = $a ORDER BY b.id", document.Id, cancellationToken);
        }

        const string loose =
            """
            SELECT cid, bytes FROM block b WHERE bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid) ORDER BY id
            """;
        await CopyAsync(car, loose, null, cancellationToken);
        return (car.Blocks, _missing);
    }

    private List<Cid> Roots()
    {
        List<Cid> roots = [.. documents.Select(static d => d.Cid)];
        foreach (object[] row in Rows.Of(connection, "SELECT b.cid FROM head h JOIN block b ON b.id = h.block ORDER BY h.doc, b.cid"))
        {
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid head, out _))
            {
                roots.Add(head);
            }
        }

        return roots;
    }

    private async Task CopyAsync(CarWriter car, string sql, object? argument, CancellationToken cancellationToken)
    {
        foreach (object[] row in Rows.Of(connection, sql, argument is null ? [] : [argument]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _))
            {
                continue;
            }

            if (row[1] is byte[] bytes && cid.Verify(bytes))
            {
                await car.WriteBlockAsync(cid, bytes, cancellationToken);
            }
            else if (_dropped?.Find(cid) is Event dropped)
            {
                await car.WriteBlockAsync(cid, dropped.Bytes, cancellationToken);
            }
            else
            {
                _missing.Add(cid);
            }
        }
    }
}
