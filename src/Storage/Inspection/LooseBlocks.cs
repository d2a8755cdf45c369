using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>Blocks that are no events, no genesis and not pinned: data of snapshots, payloads, files that nobody pinned.</summary>
internal static class LooseBlocks
{
    private static ReadOnlySpan<byte> Link => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01]; // tag 42 before a CID of version 1
    private const int CidOffset = 5; // behind tag, length and the zero byte
    private const int CidBytes = 36;

    /// <summary>All of them.</summary>
    public static Dictionary<Cid, (long Id, long Bytes)> All(SqliteConnection connection)
    {
        const string sql =
            """
            SELECT b.id, b.cid, LENGTH(b.bytes) FROM block b WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid) AND NOT EXISTS(SELECT 1 FROM pin WHERE cid = b.cid)
            """;
        Dictionary<Cid, (long Id, long Bytes)> loose = [];
        foreach (object[] row in Rows.Of(connection, sql))
        {
            if (Cid.TryRead(Rows.Bytes(row[1]), out Cid cid, out _))
            {
                loose[cid] = (Rows.Number(row[0]), Rows.Number(row[2]));
            }
        }

        return loose;
    }

    /// <summary>Takes those out that a pin or an event needs.</summary>
    public static void RemoveNeeded(SqliteConnection connection, Dictionary<Cid, (long Id, long Bytes)> loose, ReplacedSnapshots replaced)
    {
        if (loose.Count == 0)
        {
            return;
        }

        HashSet<Cid> pinned = [];
        PinnedBlocks.AddTo(pinned, connection);
        Queue<(Cid Cid, long Id)> lists = [];
        foreach (Cid cid in pinned)
        {
            Keep(cid, loose, lists);
        }

        foreach (object[] row in Rows.Of(connection, "SELECT b.bytes, b.id FROM event e JOIN block b ON b.id = e.block WHERE b.bytes IS NOT NULL"))
        {
            if (!replaced.Events.Contains(Rows.Number(row[1])))
            {
                KeepLinked(Rows.Bytes(row[0]), loose, lists);
            }
        }

        KeepListed(connection, loose, lists);
    }

    /// <summary>Those that an event of a document leads to.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="all">Loose blocks; stays as it is.</param>
    /// <param name="document">Row of the document.</param>
    public static HashSet<Cid> Of(SqliteConnection connection, IReadOnlyDictionary<Cid, (long Id, long Bytes)> all, long document)
    {
        const string sql = "SELECT b.bytes FROM event e JOIN block b ON b.id = e.block WHERE e.doc = $a AND b.bytes IS NOT NULL";
        Dictionary<Cid, (long Id, long Bytes)> others = new(all);
        Queue<(Cid Cid, long Id)> lists = [];
        foreach (object[] row in all.Count == 0 ? [] : Rows.Of(connection, sql, document))
        {
            KeepLinked(Rows.Bytes(row[0]), others, lists);
        }

        KeepListed(connection, others, lists);
        return [.. all.Keys.Where(cid => !others.ContainsKey(cid))];
    }

    private static void KeepListed(SqliteConnection connection, Dictionary<Cid, (long Id, long Bytes)> loose, Queue<(Cid Cid, long Id)> lists)
    {
        // What is larger than a block (the data of a snapshot, a file) is a list of blocks: whoever keeps the list keeps its parts, lists of lists too.
        while (lists.TryDequeue(out (Cid Cid, long Id) list))
        {
            foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE id = $a", list.Id))
            {
                BlockLinks.TryRead(list.Cid, Rows.Bytes(row[0]), out IReadOnlyList<Cid> links);
                foreach (Cid link in links)
                {
                    Keep(link, loose, lists);
                }
            }
        }
    }

    /// <summary>
    /// What an event links to. Searching for the bytes in front of a link misses none; text that happens to look like one only keeps a block.
    /// </summary>
    public static List<Cid> LinksOf(ReadOnlySpan<byte> rest)
    {
        List<Cid> links = [];
        for (int at = rest.IndexOf(Link); at >= 0; at = rest.IndexOf(Link))
        {
            rest = rest[(at + CidOffset)..];
            if (rest.Length >= CidBytes && Cid.TryRead(rest[..CidBytes], out Cid cid, out _))
            {
                links.Add(cid);
            }
        }

        return links;
    }

    private static void KeepLinked(ReadOnlySpan<byte> block, Dictionary<Cid, (long Id, long Bytes)> loose, Queue<(Cid Cid, long Id)> lists) =>
        LinksOf(block).ForEach(link => Keep(link, loose, lists));

    private static void Keep(Cid cid, Dictionary<Cid, (long Id, long Bytes)> loose, Queue<(Cid Cid, long Id)> lists)
    {
        if (loose.Remove(cid, out (long Id, long Bytes) kept) && cid.Codec is Cid.DagPbCodec or Cid.DagCborCodec)
        {
            lists.Enqueue((cid, kept.Id));
        }
    }
}
