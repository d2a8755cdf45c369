using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Replication;

/// <summary>
/// Who holds which snapshot. A peer acknowledges one by showing heads that stand on it: heads it announces or ends a sync session with, or events it
/// brings in one. Gossip says nothing: it is passed on by peers that hold nothing. Only the newest snapshot is noted, and one for each peer, so
/// neither many snapshots nor many names cost anything.
/// </summary>
/// <remarks>Spec: replica, section 13. A claim: a peer that lies makes us drop blocks that the snapshot's data here has all the same.</remarks>
internal sealed class SnapshotAcks(EventGraph graph, int peersMax)
{
    private readonly BoundedMemo<PeerId, EventNode> _newest = new(peersMax);
    private EventNode? _snapshot;

    /// <summary>Takes what was noted before the restart.</summary>
    public void Load(IReadOnlyList<SnapshotAcknowledgement> acknowledgements)
    {
        foreach (SnapshotAcknowledgement known in acknowledgements)
        {
            if (graph.Find(known.Snapshot) is EventNode node)
            {
                _newest.Set(known.Peer, node);
            }
        }
    }

    /// <summary>An event is durable.</summary>
    public void Applied(EventNode node) => _snapshot = node.Type == FederationTypes.Snapshot ? node : _snapshot;

    /// <summary>A peer has shown that it holds these events.</summary>
    public void Shown(PeerId peer, IEnumerable<Cid> events, List<SnapshotAcknowledgement> news)
    {
        if (_snapshot is not EventNode snapshot || peer.IsNone || (_newest.TryGet(peer, out EventNode? known) && ReferenceEquals(known, snapshot)))
        {
            return;
        }

        if (events.Any(cid => graph.Find(cid) is EventNode shown && shown.Includes(snapshot)))
        {
            _newest.Set(peer, snapshot);
            news.Add(new SnapshotAcknowledgement(peer, snapshot.Cid));
        }
    }

    /// <summary>Whether a peer holds a snapshot and what is below it.</summary>
    public bool Has(PeerId peer, EventNode snapshot) => _newest.TryGet(peer, out EventNode? newest) && newest!.Includes(snapshot);
}
