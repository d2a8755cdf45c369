using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Testing.Simulation;

/// <summary>The replica's port for catching up: the real sync protocol on simulated streams, and events by CID.</summary>
/// <param name="fetcher">Events by CID.</param>
/// <param name="sync">The sync protocol of the node.</param>
/// <param name="open">Opens a stream to a neighbour.</param>
/// <param name="close">Forgets a stream.</param>
internal sealed class SimulatedSyncer(SimulatedFetcher fetcher, DocumentSync sync, Func<PeerId, SimulatedStream?> open, Action<SimulatedStream> close) : ISyncer
{
    public ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken) =>
        fetcher.FetchAsync(document, cids, hint, cancellationToken);

    public async ValueTask SyncWithAsync(Cid document, PeerId peer, CancellationToken cancellationToken)
    {
        if (open(peer) is not SimulatedStream stream)
        {
            return;
        }

        try
        {
            SyncReport report = await sync.OpenAsync(stream, peer, [document], cancellationToken);
            if (report.Refusal != SyncRefusal.None)
            {
                stream.Cut();
            }
        }
        finally
        {
            close(stream);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
