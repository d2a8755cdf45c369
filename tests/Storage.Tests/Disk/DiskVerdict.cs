using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests.Disk;

/// <summary>What the real store finds on a built disk, against what was promised.</summary>
/// <param name="Lost">Promised and not there.</param>
/// <param name="Broken">Why the store or its contents contradict themselves, or null.</param>
/// <param name="Dropped">Events whose blocks are gone and read from a snapshot.</param>
internal sealed record DiskVerdict(int Lost, string? Broken, long Dropped = 0)
{
    public static async Task<DiskVerdict> OfAsync(TempFolder folder, IReadOnlyList<string> promised, Genesis document)
    {
        try
        {
            int lost = 0;
            await using (SqliteEventStore store = StoreTests.Open(folder))
            {
                foreach (string cid in promised)
                {
                    lost += await store.GetBlockAsync(Cid.Parse(cid), default) is null ? 1 : 0;
                }

                await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = document, Store = store });
                Event next = await replica.AppendEventAsync(new EventDraft { Type = "note" });
                if (replica.Status.Forks.Count > 0 || replica.Status.MissingCount > 0 || store.CorruptBlocks > 0 || !replica.Status.Heads.SequenceEqual([next.Cid]))
                {
                    return new DiskVerdict(lost, $"{replica.Status.Forks.Count} forks, {replica.Status.MissingCount} missing, {store.CorruptBlocks} rotten, {replica.Status.Heads.Count} heads");
                }
            }

            using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
            StoreReport report = await inspector.VerifyAsync(default);
            if (report.Dropped == 0)
            {
                StoreTests.AssertConsistent(folder);
            }

            return new DiskVerdict(lost, report.IsSound ? null : report.Problems[0].Text, report.Dropped);
        }
        catch (Exception error) when (error is StoreException or ReplicaException or Microsoft.Data.Sqlite.SqliteException or Xunit.Sdk.XunitException)
        {
            return new DiskVerdict(0, error.Message);
        }
    }
}
