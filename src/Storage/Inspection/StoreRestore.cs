using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Takes a backup into a store. Events go the way of every event from elsewhere, through admission: a backup is believed no more than a peer. The
/// author key is not in it, so nobody's sequence numbers are used twice.
/// </summary>
public static class StoreRestore
{
    private const int PackEvents = 256;

    /// <summary>Reads a CAR made by <see cref="StoreInspector.BackUpAsync"/>; what is there already is not taken again.</summary>
    /// <param name="source">The file.</param>
    /// <param name="store">Where to.</param>
    /// <param name="cancellationToken">What was taken so far stays.</param>
    /// <returns>What happened; null when this is no CAR of version 1.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    /// <exception cref="ReplicaException">The store failed.</exception>
    public static async Task<RestoreReport?> RunAsync(Stream source, SqliteEventStore store, CancellationToken cancellationToken)
    {
        CarReader car = new(source);
        if (!await car.TryReadHeaderAsync(cancellationToken))
        {
            return null;
        }

        Dictionary<Cid, Genesis> documents = [];
        List<ReadOnlyMemory<byte>> pack = [];
        Genesis? current = null;
        RestoreReport report = new(0, 0, 0, 0);
        while (await car.ReadAsync(cancellationToken) is { } block)
        {
            if (block.Cid.IsNone)
            {
                report = report with { Refused = report.Refused + 1 };
                break; // behind a broken length nothing can be told apart any more
            }

            if (Genesis.TryDecode(block.Bytes.Span, out Genesis? genesis, out _) && genesis is not null)
            {
                documents[block.Cid] = genesis;
            }
            else if (EventCodec.TryDecode(block.Bytes, default, out Event? read, out _) && read is not null && documents.TryGetValue(read.Document, out Genesis? owner))
            {
                if ((current is not null && current.Cid != owner.Cid) || pack.Count == PackEvents)
                {
                    report = await InsertAsync(store, current!, pack, report, cancellationToken);
                }

                current = owner;
                pack.Add(block.Bytes);
            }
            else
            {
                await store.PutBlockAsync(block.Cid, block.Bytes, cancellationToken);
                report = report with { Blocks = report.Blocks + 1 };
            }
        }

        report = current is null ? report : await InsertAsync(store, current, pack, report, cancellationToken);
        return report with { Documents = documents.Count };
    }

    private static async Task<RestoreReport> InsertAsync(
        SqliteEventStore store, Genesis document, List<ReadOnlyMemory<byte>> pack, RestoreReport report, CancellationToken cancellationToken)
    {
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = document, Store = store }, cancellationToken);
        IReadOnlyList<EventVerdict> verdicts = await replica.InsertPackAsync([.. pack], cancellationToken: cancellationToken);
        pack.Clear();
        return report with
        {
            Events = report.Events + verdicts.Count(static v => v.Kind is EventVerdictKind.Accepted or EventVerdictKind.Duplicate or EventVerdictKind.Pending),
            Refused = report.Refused + verdicts.Count(static v => v.Kind is not (EventVerdictKind.Accepted or EventVerdictKind.Duplicate or EventVerdictKind.Pending)),
        };
    }
}
