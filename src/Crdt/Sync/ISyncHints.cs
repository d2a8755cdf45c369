using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Sync;

/// <summary>Port: clocks of documents. Whatever they say, right or wrong, only bytes depend on it. Thread-safe.</summary>
public interface ISyncHints
{
    /// <summary>Authors a document must have before a hint is worth its bytes.</summary>
    int AuthorsMin { get; }

    /// <summary>Whether a document has a clock here: the open ones have.</summary>
    /// <param name="document">The document.</param>
    bool Has(Cid document);

    /// <summary>What to say of a document that holds this set of events; empty for nothing.</summary>
    /// <param name="document">The document.</param>
    /// <param name="events">Digest of the set.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ReadOnlyMemory<byte>> ShowAsync(Cid document, EventDigest events, CancellationToken cancellationToken);

    /// <summary>Whether what the peer said last covers what is known here.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<bool> IsCoveredAsync(PeerId peer, Cid document, CancellationToken cancellationToken);

    /// <summary>What to do first, given the hint that a peer opened with.</summary>
    /// <param name="document">The document.</param>
    /// <param name="hint">From the peer.</param>
    /// <param name="context">What is known without it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<HintAdvice> AdviseAsync(Cid document, ReadOnlyMemory<byte> hint, HintContext context, CancellationToken cancellationToken);

    /// <summary>Takes what a session showed.</summary>
    /// <param name="peer">With whom.</param>
    /// <param name="document">The document.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ObserveAsync(PeerId peer, Cid document, ClockOutcome outcome, CancellationToken cancellationToken);
}
