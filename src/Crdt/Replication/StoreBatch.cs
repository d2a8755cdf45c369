using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Crdt.Replication;

/// <summary>What changes together: all of it is durable, or nothing is.</summary>
public sealed record StoreBatch
{
    /// <summary>The document.</summary>
    public required Cid Document { get; init; }

    /// <summary>Events applied, in arrival order. Each gets the next number of the document's log.</summary>
    public IReadOnlyList<Event> Applied { get; init; } = [];

    /// <summary>Events held but not applied: they wait for links.</summary>
    public IReadOnlyList<Event> Held { get; init; } = [];

    /// <summary>Held events that were given up. Unknown ones are ignored.</summary>
    public IReadOnlyList<Cid> Dropped { get; init; } = [];

    /// <summary>All heads afterwards, or null when unchanged.</summary>
    public IReadOnlyList<Cid>? Heads { get; init; }

    /// <summary>Newest own event, or null when unchanged.</summary>
    public Event? OwnTip { get; init; }

    /// <summary>Fork proofs found or lowered.</summary>
    public IReadOnlyList<ForkInfo> Forks { get; init; } = [];

    /// <summary>How far peers have brought the authors of <see cref="Applied"/>: rows of <c>federation_log</c>.</summary>
    public IReadOnlyList<PeerPosition> Positions { get; init; } = [];

    /// <summary>What peers brought since the batch before: added to the rows of <c>federation_peer</c>.</summary>
    public IReadOnlyList<PeerDeliveries> Deliveries { get; init; } = [];

    /// <summary>Peers that have shown that they hold a snapshot; each replaces what was noted of that peer.</summary>
    public IReadOnlyList<SnapshotAcknowledgement> Acknowledged { get; init; } = [];
}
