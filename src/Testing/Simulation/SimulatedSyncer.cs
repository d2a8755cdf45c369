using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Testing.Simulation;

/// <summary>The replica's port for catching up, on simulated messages.</summary>
/// <param name="fetcher">Events by CID.</param>
internal sealed class SimulatedSyncer(SimulatedFetcher fetcher) : ISyncer
{
    public ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken) =>
        fetcher.FetchAsync(document, cids, hint, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
