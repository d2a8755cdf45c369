using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Port: fetches events by CID, and reconciles with one peer. Never called on the replica's loop.</summary>
public interface ISyncer : IAsyncDisposable
{
    /// <summary>One attempt. Decoded events that match the CIDs, in the order and length of the request; null where nobody answered.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cids">At most 64.</param>
    /// <param name="hint">Whom to ask.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken);

    /// <summary>Runs the sync protocol with one peer; what arrives goes to <see cref="Replica.InsertPackAsync"/>. Does nothing by default.</summary>
    /// <param name="document">The document.</param>
    /// <param name="peer">The peer that announced unknown heads.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    ValueTask SyncWithAsync(Cid document, PeerId peer, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
