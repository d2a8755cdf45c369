using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage.Inspection;

/// <summary>Writes a snapshot as a CAR. Rotten blocks are left out and named: a backup must not spread them.</summary>
internal sealed class StoreBackup(SqliteConnection connection, IReadOnlyList<DocumentRow> documents)
{
    private const string Loose =
        """
        SELECT cid, bytes FROM block b WHERE bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
        AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid) ORDER BY id
        """;

    private readonly List<Cid> _missing = [];
    private DroppedBlocks? _dropped;

    public async Task<(long Blocks, IReadOnlyList<Cid> Missing)> WriteAsync(Stream destination, CancellationToken cancellationToken)
    {
        CarWriter car = new(destination);
        await car.WriteHeaderAsync(Roots(), cancellationToken);
        if (!IsWhole())
        {
            await CopyAllAsync(car, cancellationToken);
            return (car.Blocks, _missing);
        }

        foreach (DocumentRow document in documents)
        {
            await CopyAsync(car, "SELECT cid, bytes FROM block WHERE cid = $a", document.Cid.Bytes.ToArray(), cancellationToken);
            _dropped = await DroppedBlocks.OfAsync(connection, document, cancellationToken);
            await CopyAsync(car, "SELECT b.cid, b.bytes FROM log l JOIN block b ON b.id = l.block WHERE l.doc = $a ORDER BY l.pos", document.Id, cancellationToken);
            await CopyAsync(car, "SELECT b.cid, b.bytes FROM held h JOIN block b ON b.id = h.block WHERE h.doc = $a ORDER BY b.id", document.Id, cancellationToken);
        }

        await CopyAsync(car, Loose, null, cancellationToken);
        return (car.Blocks, _missing);
    }

    // Where the rows that lead to blocks are damaged every block is written as it lies there, what names a document first: a backup is never short without
    // a word.
    private async Task CopyAllAsync(CarWriter car, CancellationToken cancellationToken)
    {
        foreach (bool isGenesis in new[] { true, false })
        {
            foreach (object[] row in Rows.Of(connection, "SELECT cid, bytes FROM block WHERE bytes IS NOT NULL ORDER BY id"))
            {
                if (Genesis.TryDecode(Rows.Bytes(row[1]), out _, out _) == isGenesis)
                {
                    await CopyAsync(car, row, cancellationToken);
                }
            }
        }

        List<DroppedBlocks> archives = [];
        foreach (DocumentRow document in documents)
        {
            archives.Add(await DroppedBlocks.OfAsync(connection, document, cancellationToken));
        }

        foreach (object[] row in Rows.Of(connection, "SELECT cid, bytes FROM block WHERE bytes IS NULL ORDER BY id"))
        {
            _dropped = Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _) ? archives.Find(archive => archive.Find(cid) is not null) : null;
            await CopyAsync(car, row, cancellationToken); // or it is named as missing
        }
    }

    private bool IsWhole() => StoreSchema.Scalar(connection, "PRAGMA user_version") < LogTable.Since
        || (StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM document NOT INDEXED") == documents.Count && documents.All(d => LogTable.Agrees(connection, d.Cid)));

    // Documents, heads, then what is pinned: a document or head that is pinned is named a second time.
    private List<Cid> Roots() =>
    [
        .. documents.Select(static d => d.Cid),
        .. Cids("SELECT b.cid FROM head h JOIN block b ON b.id = h.block ORDER BY h.doc, b.cid"),
        .. Cids("SELECT p.cid FROM pin p JOIN block b ON b.cid = p.cid WHERE b.bytes IS NOT NULL ORDER BY p.cid"),
    ];

    private IEnumerable<Cid> Cids(string sql)
    {
        foreach (object[] row in Rows.Of(connection, sql))
        {
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _))
            {
                yield return cid;
            }
        }
    }

    private async Task CopyAsync(CarWriter car, string sql, object? argument, CancellationToken cancellationToken)
    {
        foreach (object[] row in Rows.Of(connection, sql, argument is null ? [] : [argument]))
        {
            await CopyAsync(car, row, cancellationToken);
        }
    }

    private async ValueTask CopyAsync(CarWriter car, object[] row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _))
        {
            return;
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
