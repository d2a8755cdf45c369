using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Snapshots;

/// <summary>
/// Drops blocks of events strictly below the cut of a snapshot: what the snapshot's data has byte for byte need not be kept twice. Nobody is believed:
/// every event of the data is rebuilt and hashed, and only blocks whose very CID is among them go. Nothing is lost to the reader of the document.
/// </summary>
/// <remarks>Spec: replica, section 13; durability, section 7.</remarks>
public static class Compactor
{
    private const int CandidatesMax = 16;
    private const int BatchEvents = 512;

    private static ReadOnlySpan<byte> Link => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01]; // tag 42 before a CID of version 1

    /// <summary>Looks for the newest snapshot that will do, and drops what stands below its cut. May be called while the document is open, and again.</summary>
    /// <param name="replica">The document.</param>
    /// <param name="options">Whose copy is waited for.</param>
    /// <param name="cancellationToken">What was dropped by then stays dropped, and readable.</param>
    /// <exception cref="StoreException">The store failed; nothing is lost.</exception>
    /// <exception cref="ReplicaException">The replica was closed.</exception>
    public static async Task<CompactionReport> RunAsync(Replica replica, CompactionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(options);
        if (!replica.Options.Store.CanCompact)
        {
            return new CompactionReport { Refusal = CompactionRefusal.Store };
        }

        if (options.Peers.Count == 0 && !options.WithoutPeers)
        {
            return new CompactionReport { Refusal = CompactionRefusal.NoPeers };
        }

        CompactionReport? newest = null;
        foreach ((Cid snapshot, IReadOnlyList<PeerId> waiting) in await replica.InspectAsync(core => Candidates(core, options), cancellationToken))
        {
            CompactionReport report = waiting.Count > 0
                ? new CompactionReport { Refusal = CompactionRefusal.NotAcknowledged, Snapshot = snapshot, Waiting = waiting }
                : await TryAsync(replica, (snapshot, options.KeepsOwn), cancellationToken);
            if (report.Refusal == CompactionRefusal.None)
            {
                return report;
            }

            newest ??= report;
        }

        return newest ?? new CompactionReport { Refusal = CompactionRefusal.NoSnapshot, Snapshot = options.Snapshot };
    }

    private static List<(Cid Snapshot, IReadOnlyList<PeerId> Waiting)> Candidates(ReplicaCore core, CompactionOptions options)
    {
        List<(Cid, IReadOnlyList<PeerId>)> candidates = [];
        for (int i = (int)core.PublishedCount - 1; i >= 0 && candidates.Count < CandidatesMax; i--)
        {
            EventNode node = core.State.Graph.ByArrival[i];
            if (node.IsVisible && node.Type == FederationTypes.Snapshot && (options.Snapshot.IsNone || options.Snapshot == node.Cid))
            {
                candidates.Add((node.Cid, [.. options.Peers.Where(peer => !core.Acknowledged.Has(peer, node))]));
            }
        }

        return candidates;
    }

    private static async Task<CompactionReport> TryAsync(Replica replica, (Cid Snapshot, bool KeepsOwn) what, CancellationToken cancellationToken)
    {
        Cid snapshot = what.Snapshot;
        IEventStore store = replica.Options.Store;
        SnapshotArchive archive = await SnapshotArchive.ReadAsync(replica.Document, snapshot, store.GetBlockAsync, cancellationToken);
        if (archive.Refusal != SnapshotRefusal.None)
        {
            return new CompactionReport { Refusal = CompactionRefusal.Data, Snapshot = snapshot, Data = archive.Refusal };
        }

        List<Cid> below = await replica.InspectAsync(core => Below(core, archive), cancellationToken);
        StoreCompacted sum = default;
        foreach (Cid[] batch in below.Where(cid => !NamesData(archive.Events[cid])).Chunk(BatchEvents))
        {
            StoreCompacted gone = await store.CompactAsync(
                new StoreCompaction { Document = replica.Document, Snapshot = snapshot, Events = batch, KeepsOwn = what.KeepsOwn }, cancellationToken);
            sum = new StoreCompacted(sum.Events + gone.Events, sum.Bytes + gone.Bytes);
        }

        return new CompactionReport { Snapshot = snapshot, Events = sum.Events, Bytes = sum.Bytes, DataBytes = archive.Bytes };
    }

    // What others must be able to fetch alone stays whole: what the cut names, the newest event of every branch (its signature vouches for the rest),
    // both sides of a proof, and what decides who may write.
    private static List<Cid> Below(ReplicaCore core, SnapshotArchive archive)
    {
        EventGraph graph = core.State.Graph;
        EventNode[] cut = [.. archive.Cut.Select(graph.Find).OfType<EventNode>()];
        HashSet<EventNode> whole = [.. cut];
        foreach (AuthorEntry author in graph.Authors)
        {
            whole.UnionWith(author.Chains.Select(static chain => chain.Tip));
            if (author.Proof is (EventNode first, EventNode second))
            {
                whole.Add(first);
                whole.Add(second);
            }
        }

        return
        [
            .. graph.ByArrival.Take((int)core.PublishedCount)
                .Where(node => node.Type is not (EventTypes.Grant or EventTypes.ForkProof or FederationTypes.Snapshot)
                    && archive.Events.ContainsKey(node.Cid) && !whole.Contains(node) && Array.Exists(cut, top => top.Includes(node)))
                .Select(static node => node.Cid),
        ];
    }

    // The collector finds what an event links to in the bytes of the event: they stay.
    private static bool NamesData(Event item) => item.Type != SeqRules.TypeName && item.Body.Span.IndexOf(Link) >= 0;
}
