using System.Collections.Concurrent;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Cli.Benchmarks;

/// <summary>Documents in one memory store, all named to whoever asks; opened when a session asks for them, and open from then on.</summary>
internal sealed class SleepingDocuments : ISyncDocuments, IAsyncDisposable
{
    private readonly MemoryEventStore _store = new(SystemChance.Instance, withKey: false);
    private readonly Dictionary<Cid, (Genesis Genesis, DocumentSketch Sketch)> _documents = [];
    private readonly ConcurrentDictionary<Cid, Task<Replica>> _awake = [];

    /// <summary>Adds a document.</summary>
    public async Task AddAsync(Genesis genesis, IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        await using Replica replica = await OpenAsync(genesis);
        await replica.InsertPackAsync([.. events.Select(static e => e.Bytes)], default, cancellationToken);
        _documents.Add(genesis.Cid, (genesis, await DocumentSketch.OfAsync(replica, cancellationToken)));
    }

    public ValueTask<DocumentSketch?> SketchAsync(Cid document, CancellationToken cancellationToken) => ValueTask.FromResult(
        _documents.TryGetValue(document, out (Genesis Genesis, DocumentSketch Sketch) known) && !_awake.ContainsKey(document) ? known.Sketch : null);

    public async ValueTask<SyncLease> LeaseAsync(Cid document, CancellationToken cancellationToken) => new(
        _documents.TryGetValue(document, out (Genesis Genesis, DocumentSketch Sketch) known)
            ? await _awake.GetOrAdd(document, _ => OpenAsync(known.Genesis)).OrCanceledAsync(cancellationToken)
            : null,
        null);

    public async ValueTask<IReadOnlyList<(Cid Document, EventDigest Frontier)>> SharedAsync(PeerId peer, CancellationToken cancellationToken)
    {
        List<(Cid, EventDigest)> shared = new(_documents.Count);
        foreach ((Cid document, (Genesis _, DocumentSketch sketch)) in _documents)
        {
            shared.Add((document, _awake.TryGetValue(document, out Task<Replica>? awake) ? (await awake).Status.FrontierHash : sketch.Frontier));
        }

        return shared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Task<Replica> awake in _awake.Values)
        {
            await (await awake).DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    private Task<Replica> OpenAsync(Genesis genesis) => Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = _store });
}
