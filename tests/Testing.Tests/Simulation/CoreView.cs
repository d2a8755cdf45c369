using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Testing.Tests.Simulation;

/// <summary>What a core says of itself while nothing is staged, to be compared with a model of the specification.</summary>
/// <param name="Applied">In order of arrival, as read back from the store.</param>
/// <param name="Unreadable">Applied events that the store does not give, or gives altered.</param>
/// <param name="Visible">Shown events.</param>
/// <param name="Canonical">The same in document order.</param>
/// <param name="Heads">Heads.</param>
/// <param name="Forks">Authors flagged, with the lowest number used twice.</param>
internal sealed record CoreView(
    IReadOnlyList<Event> Applied,
    int Unreadable,
    IReadOnlySet<Cid> Visible,
    IReadOnlyList<Cid> Canonical,
    IReadOnlyList<Cid> Heads,
    IReadOnlyDictionary<EventDigest, ulong> Forks)
{
    /// <summary>Reads the core on its loop; null while it has something staged.</summary>
    public static async Task<CoreView?> ReadAsync(Replica replica)
    {
        (List<Cid> Applied, CoreView View)? read = await replica.InspectAsync(Look, CancellationToken.None);
        if (read is not (List<Cid> cids, CoreView view))
        {
            return null;
        }

        List<Event> applied = [];
        foreach (Cid cid in cids)
        {
            ReadOnlyMemory<byte>? block = await replica.Options.Store.GetBlockAsync(cid, CancellationToken.None);
            if (block is ReadOnlyMemory<byte> bytes && Cid.ForDagCbor(bytes.Span) == cid && EventCodec.TryDecode(bytes, replica.Document, out Event? decoded, out _))
            {
                applied.Add(decoded!);
            }
        }

        return view with { Applied = applied, Unreadable = cids.Count - applied.Count };
    }

    /// <summary>Counts that must agree and keep their limits; null when they do.</summary>
    public static string? WrongCounts(ReplicaCore core, ReplicaOptions options)
    {
        OrphanPool pool = core.Pool;
        bool agree = pool.Count == pool.Entries.Count() && pool.Bytes == pool.Entries.Sum(static e => (long)e.Held.Bytes.Length)
            && pool.Links == pool.Entries.Sum(static e => (long)e.Links);
        bool within = pool.Count <= options.PoolEventsMax && pool.Bytes <= options.PoolBytesMax && pool.Links <= options.PoolLinksMax;
        int needed = core.Missing.Needed().Count;
        return agree && within && needed == core.Missing.NeededCount
            ? null
            : $"pool {pool.Count} events {pool.Bytes} bytes {pool.Links} links, needed {core.Missing.NeededCount} of {needed}";
    }

    private static (List<Cid> Applied, CoreView View)? Look(ReplicaCore core)
    {
        if (core.StagedCount > 0 || core.IsCommitting || core.PublishedCount != core.State.Graph.ByArrival.Count)
        {
            return null;
        }

        MerkleClock clock = core.State.Clock;
        CoreView view = new(
            [],
            0,
            core.State.Graph.ByArrival.Where(static node => node.IsVisible).Select(static node => node.Cid).ToHashSet(),
            [.. clock.Canonical().Select(static node => node.Cid)],
            [.. clock.Heads.Select(static node => node.Cid)],
            clock.Flagged.ToDictionary(static author => author.Key, static author => author.ForkSequence));
        return (core.State.Graph.ByArrival.Select(static node => node.Cid).ToList(), view);
    }
}
