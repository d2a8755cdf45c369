using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>Only documents that are open.</summary>
/// <param name="find">Open replicas by document.</param>
internal sealed class OpenDocuments(Func<Cid, Replica?> find) : ISyncDocuments
{
    public ValueTask<DocumentSketch?> SketchAsync(Cid document, CancellationToken cancellationToken) => default;

    public ValueTask<SyncLease> LeaseAsync(Cid document, CancellationToken cancellationToken) => ValueTask.FromResult(new SyncLease(find(document), null));

    public ValueTask<IReadOnlyList<(Cid Document, EventDigest Frontier)>> SharedAsync(PeerId peer, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<(Cid, EventDigest)>>([]);
}
