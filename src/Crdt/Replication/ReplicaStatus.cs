using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>A replica at one moment; immutable.</summary>
public sealed record ReplicaStatus
{
    /// <summary>Whether at least two peers (one, if only one is known) announced this very frontier and nothing is missing.</summary>
    public bool IsConfirmed => SyncState == SyncState.Confirmed;

    /// <summary>The document.</summary>
    public required Cid Document { get; init; }

    /// <summary>Durable heads, ascending.</summary>
    public required IReadOnlyList<Cid> Heads { get; init; }

    /// <summary>Equal frontier hash means equal visible sets, order and state.</summary>
    public required EventDigest FrontierHash { get; init; }

    /// <summary>Greatest height of a visible event.</summary>
    public required ulong Height { get; init; }

    /// <summary>Events applied.</summary>
    public required long AppliedCount { get; init; }

    /// <summary>Of these, visible.</summary>
    public required long VisibleCount { get; init; }

    /// <summary>Changes of the visible set since the document began: what <see cref="Replica.Changes"/> has told, or is about to tell. Never falls.</summary>
    public long ChangeCount { get; init; }

    /// <summary>Whether we are up to date, as far as anyone can tell.</summary>
    public required SyncState SyncState { get; init; }

    /// <summary>Peers that announced this very frontier.</summary>
    public required int ConfirmedBy { get; init; }

    /// <summary>Authors that forked, ascending by key.</summary>
    public required IReadOnlyList<ForkInfo> Forks { get; init; }

    /// <summary>Events in the waiting room.</summary>
    public required int PendingCount { get; init; }

    /// <summary>Bytes in the waiting room.</summary>
    public required long PendingBytes { get; init; }

    /// <summary>Age of the oldest event in the waiting room.</summary>
    public required TimeSpan PendingOldest { get; init; }

    /// <summary>How often a peer was not listened to any more for a while, because of what it brought.</summary>
    public long SendersIgnored { get; init; }

    /// <summary>Events not looked at because their author has used up his share of the store.</summary>
    public long ShareRefusals { get; init; }

    /// <summary>Distinct missing links.</summary>
    public required int MissingCount { get; init; }

    /// <summary>The replica met its own sequence number in an event it does not know: it writes no more under this key.</summary>
    public required bool IdentityReused { get; init; }

    /// <summary>
    /// What was written here under a former key is hidden, because that key was used elsewhere as well, and the present key may cite it. The next event
    /// does, or merges that are written before it, which shows it again; a node writes them by itself.
    /// </summary>
    public bool HidesOwn { get; init; }

    /// <summary>
    /// Why an event cannot be written now: no key, no right, a key used elsewhere, or own events that must be fetched first
    /// (<see cref="ReplicaError.Busy"/>). None when it can.
    /// </summary>
    public ReplicaError CannotWrite { get; init; }

    /// <summary>Set when the store failed; nothing can be written until the replica is reopened.</summary>
    public required StoreError Fault { get; init; }

    /// <summary>
    /// A fault of the program, in words: a fold that threw (it is called no more), a callback that threw, or the end of the loop. Null while all
    /// is well.
    /// </summary>
    public required string? Failure { get; init; }

    /// <summary>Whether events prove that this author key signed two different events under one number: a restored backup or a copied folder.</summary>
    public bool AmIForked => IdentityReused;
}
