using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Tables;

/// <summary>Port: the tables of the federation. Rows are written in the transaction of the events they speak of, or after them; never before.</summary>
public interface IFederationStore
{
    /// <summary>Writes a provenance row; durable when it completes. Replaces the row of the same snapshot.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; the row may still be written.</param>
    Task PutSnapshotAsync(SnapshotRow row, CancellationToken cancellationToken);

    /// <summary>Provenance rows of a document, by snapshot.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    Task<IReadOnlyList<SnapshotRow>> SnapshotsAsync(Cid document, CancellationToken cancellationToken);

    /// <summary>Positions of a document, by peer, author and branch.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    Task<IReadOnlyList<PeerPosition>> PositionsAsync(Cid document, CancellationToken cancellationToken);

    /// <summary>What peers have brought to a document, by peer.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    Task<IReadOnlyList<PeerDeliveries>> DeliveriesAsync(Cid document, CancellationToken cancellationToken);
}
