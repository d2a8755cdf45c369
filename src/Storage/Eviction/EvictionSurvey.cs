using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Storage.Inspection;

namespace P2P.Storage.Eviction;

/// <summary>
/// Finds what may go, by reading: loose blocks, less what pinned roots, own events, pinned documents, compacted documents and newest snapshots need. Events
/// are read in pages, so no snapshot of the database is held for long. One use.
/// </summary>
/// <param name="readers">The database.</param>
/// <param name="author">The present own key; keys before it are in the table of own tips.</param>
internal sealed class EvictionSurvey(StoreReaders readers, ReadOnlyMemory<byte> author)
{
    private const int PageEvents = 256;

    private readonly HashSet<EventDigest> _own = [];
    private readonly HashSet<long> _pinnedDocuments = [];
    private readonly HashSet<Cid> _archives = [];
    private readonly HashSet<Cid> _needed = [];
    private readonly HashSet<Cid> _linked = [];
    private readonly Dictionary<long, (ulong Height, Cid Cid, List<Cid> Links)> _snapshots = [];
    private Dictionary<Cid, (long Id, long Bytes)> _loose = [];

    public async Task<IReadOnlyList<EvictionCandidate>> RunAsync(long floor, CancellationToken cancellationToken)
    {
        _loose = await readers.UseAsync(LooseBlocks.All, cancellationToken);
        if (!_loose.Values.Any(block => block.Id <= floor))
        {
            return [];
        }

        await readers.UseAsync(ReadKeepers, cancellationToken);
        long after = 0;
        while (await readers.UseAsync(connection => ReadEvents(connection, after), cancellationToken) is long last)
        {
            after = last;
        }

        foreach ((_, _, List<Cid> links) in _snapshots.Values)
        {
            _needed.UnionWith(links);
        }

        await readers.UseAsync(connection => Expand(connection, _needed), cancellationToken);
        await readers.UseAsync(connection => Expand(connection, _linked), cancellationToken);
        return [.. EvictionPolicy.InOrder(_loose.Where(block => block.Value.Id <= floor && !_needed.Contains(block.Key)).Select(block => new EvictionCandidate(
            block.Key, block.Value.Id, block.Value.Bytes, _linked.Contains(block.Key) ? EvictionClass.Payload : EvictionClass.Unneeded)))];
    }

    private bool ReadKeepers(SqliteConnection connection)
    {
        _own.Add(EventDigest.Sha256(author.Span));
        foreach (object[] row in Rows.Of(connection, "SELECT DISTINCT author FROM own"))
        {
            _own.Add(EventDigest.Sha256(Rows.Bytes(row[0])));
        }

        foreach (object[] row in Rows.Of(connection, "SELECT d.id FROM document d JOIN pin p ON p.cid = d.cid"))
        {
            _pinnedDocuments.Add(Rows.Number(row[0]));
        }

        foreach (object[] row in Rows.Of(connection, "SELECT snap FROM archive"))
        {
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid snapshot, out _))
            {
                _archives.Add(snapshot);
            }
        }

        PinnedBlocks.AddTo(_needed, connection);
        return true;
    }

    // Null at the end. New rows are those that the writer looks at while the plan is out.
    private long? ReadEvents(SqliteConnection connection, long after)
    {
        const string sql =
            """
            SELECT e.rowid, e.doc, e.author, b.cid, b.bytes FROM event e LEFT JOIN block b ON b.id = e.block WHERE e.rowid > $a ORDER BY e.rowid LIMIT $b
            """;
        long? last = null;
        foreach (object[] row in Rows.Of(connection, sql, after, (long)PageEvents))
        {
            last = Rows.Number(row[0]);
            List<Cid> links = LooseBlocks.LinksOf(Rows.Bytes(row[4]));
            links.RemoveAll(link => !_loose.ContainsKey(link));
            if (links.Count > 0)
            {
                Add(Rows.Number(row[1]), Rows.Bytes(row[2]), Cid.TryRead(Rows.Bytes(row[3]), out Cid cid, out _) ? cid : default, (Rows.Bytes(row[4]), links));
            }
        }

        return last;
    }

    private void Add(long document, byte[] by, Cid cid, (byte[] Bytes, List<Cid> Links) item)
    {
        if (_own.Contains(EventDigest.Sha256(by)) || _pinnedDocuments.Contains(document) || _archives.Contains(cid))
        {
            _needed.UnionWith(item.Links);
            return;
        }

        _linked.UnionWith(item.Links);
        bool isSnapshot = EventCodec.TryDecode(item.Bytes, default, out Event? read, out _) && read!.Type == FederationTypes.Snapshot;
        if (isSnapshot && (!_snapshots.TryGetValue(document, out (ulong Height, Cid Cid, List<Cid>) newest)
            || (read!.Height, read.Cid).CompareTo((newest.Height, newest.Cid)) > 0))
        {
            _snapshots[document] = (read!.Height, read.Cid, item.Links); // others read the document back from it, and so does who comes new
        }
    }

    // What is larger than a block is a list of blocks, or a list of lists.
    private bool Expand(SqliteConnection connection, HashSet<Cid> roots)
    {
        Stack<Cid> open = new(roots);
        while (open.TryPop(out Cid cid))
        {
            if (cid.Codec is not (Cid.DagPbCodec or Cid.DagCborCodec) || !_loose.TryGetValue(cid, out (long Id, long Bytes) list))
            {
                continue;
            }

            foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE id = $a AND cid = $b", list.Id, cid.Bytes.ToArray()))
            {
                BlockLinks.TryRead(cid, Rows.Bytes(row[0]), out IReadOnlyList<Cid> links);
                foreach (Cid link in links.Where(roots.Add))
                {
                    open.Push(link);
                }
            }
        }

        return true;
    }
}
