using Microsoft.Data.Sqlite;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>What must hold between the tables. Blocks themselves are hashed whenever they are read.</summary>
/// <remarks>Spec: durability, D2 and D6.</remarks>
internal static class StoreCheck
{
    /// <exception cref="StoreException">The tables contradict each other.</exception>
    public static void Run(SqliteConnection connection, string path)
    {
        bool clean = StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM meta WHERE key = 'clean'") > 0;
        if (clean)
        {
            return;
        }

        long orphanRows = StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM log WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = log.block)")
            + StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM held WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = held.block)")
            + StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM head WHERE NOT EXISTS(SELECT 1 FROM log WHERE doc = head.doc AND block = head.block)");
        if (orphanRows > 0)
        {
            throw new StoreException(
                StoreError.Corrupt,
                $"The store {path} is damaged: {orphanRows} rows name blocks that are not there. Restore it from a backup, or move it away and sync again from peers.");
        }
    }
}
