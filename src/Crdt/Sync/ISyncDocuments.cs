using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// Port: the documents that sync sessions of a node may speak of, open ones and dormant ones. Implementations are thread-safe. A document that
/// is not held is answered by nothing: its existence is not revealed.
/// </summary>
/// <remarks>Spec: replica, sections 12.1 and 12.3.</remarks>
public interface ISyncDocuments
{
    /// <summary>What is known of a dormant document without waking it; null when it must be asked itself, or is not held.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="Replication.StoreException">The store failed.</exception>
    ValueTask<DocumentSketch?> SketchAsync(Cid document, CancellationToken cancellationToken);

    /// <summary>The replica of a document, woken if need be, for the time of one question; none when the document is not held.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels waking.</param>
    /// <exception cref="Replication.StoreException">The store failed.</exception>
    ValueTask<SyncLease> LeaseAsync(Cid document, CancellationToken cancellationToken);

    /// <summary>Documents that both this node and a peer have named, with their frontier hashes: what one digest compares.</summary>
    /// <param name="peer">The verified peer.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="Replication.StoreException">The store failed.</exception>
    ValueTask<IReadOnlyList<(Cid Document, EventDigest Frontier)>> SharedAsync(PeerId peer, CancellationToken cancellationToken);
}
