using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>Everything below the pinned roots that is held. What is missing is not, and what lies below it is not known.</summary>
internal static class PinnedBlocks
{
    public static void AddTo(HashSet<Cid> kept, SqliteConnection connection)
    {
        Stack<Cid> open = new();
        foreach (object[] row in Rows.Of(connection, "SELECT cid FROM pin"))
        {
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid root, out _))
            {
                open.Push(root);
            }
        }

        while (open.TryPop(out Cid cid))
        {
            if (!kept.Add(cid) || cid.Codec is not (Cid.DagPbCodec or Cid.DagCborCodec))
            {
                continue; // met before, or a leaf: most of a file, and never read
            }

            foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE cid = $a AND bytes IS NOT NULL", cid.Bytes.ToArray()))
            {
                BlockLinks.TryRead(cid, Rows.Bytes(row[0]), out IReadOnlyList<Cid> links);
                foreach (Cid link in links)
                {
                    open.Push(link);
                }
            }
        }
    }
}
