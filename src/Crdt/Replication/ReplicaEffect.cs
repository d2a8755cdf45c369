using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>What the core wants done. The loop does it, and never waits for one effect inside another.</summary>
internal abstract record ReplicaEffect;

/// <summary>Make a batch durable, then say <see cref="CommittedInput"/> or <see cref="CommitFailedInput"/>.</summary>
internal sealed record CommitEffect(StagedBatch Batch) : ReplicaEffect;

/// <summary>A batch is durable: tell folds, callbacks and callers.</summary>
internal sealed record PublishEffect(StagedBatch Batch) : ReplicaEffect;

/// <summary>Fetch, then say <see cref="FetchedInput"/>.</summary>
internal sealed record FetchEffect(IReadOnlyList<Cid> Cids, FetchHint Hint) : ReplicaEffect;

/// <summary>Run the sync protocol with a peer, then say <see cref="SyncedInput"/>.</summary>
internal sealed record SyncEffect(PeerId Peer) : ReplicaEffect;

/// <summary>Broadcast a payload.</summary>
internal sealed record BroadcastEffect(ReadOnlyMemory<byte> Payload) : ReplicaEffect;

/// <summary>Answer a caller.</summary>
/// <param name="Token">Whom.</param>
/// <param name="Verdicts">For insertions.</param>
/// <param name="Appended">For appends.</param>
/// <param name="Error">None = success.</param>
/// <param name="Message">Why not.</param>
internal sealed record ReplyEffect(
    object Token, IReadOnlyList<EventVerdict> Verdicts, Event? Appended, ReplicaError Error, string Message) : ReplicaEffect
{
    /// <summary>What the caller's own code threw.</summary>
    public Exception? Cause { get; init; }
}

/// <summary>Count verdicts.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="AtFault">Who brought the block and could have found it wrong itself; none otherwise.</param>
internal sealed record VerdictEffect(EventVerdict Verdict, PeerId AtFault) : ReplicaEffect;
