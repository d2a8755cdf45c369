using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// One document on one node: admits, orders, keeps, announces and fetches its events. Thread-safe. One loop owns all state.
/// </summary>
/// <remarks>Spec: replica, section 10.</remarks>
public sealed class Replica : IAsyncDisposable
{
    private Replica(ReplicaOptions options) => Options = options;

    /// <summary>What it was opened with.</summary>
    public ReplicaOptions Options { get; }

    /// <summary>The document.</summary>
    public Cid Document => Options.Genesis.Cid;

    /// <summary>A snapshot; costs one field read.</summary>
    public ReplicaStatus Status => throw new NotImplementedException();

    /// <summary>Reads the store, resumes what was held or applied, then starts.</summary>
    public static Task<Replica> OpenAsync(ReplicaOptions options, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Chains, signs and stores an own event. Completes when it is durable; it is not broadcast.</summary>
    public Task<Event> AppendEventAsync(EventDraft draft, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="AppendEventAsync"/>, then broadcasts. A failed broadcast does not fail the call.</summary>
    public Task<Event> BroadcastAppendAsync(EventDraft draft, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Admits an event if it is unknown; true iff it was added.</summary>
    public Task<bool> InsertEventAsync(Event candidate, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>As <see cref="InsertEventAsync"/>.</summary>
    public Task<bool> InsertHeadAsync(Event candidate, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Whether the event is held.</summary>
    public Task<bool> RemoveHeadAsync(Cid cid, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Admits one block and says what became of it; completes when an accepted event is durable.</summary>
    public Task<EventVerdict> InsertBlockAsync(ReadOnlyMemory<byte> block, PeerId source = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Admits a pack, oldest first: one signature per author authenticates all its earlier blocks of the pack.</summary>
    public Task<IReadOnlyList<EventVerdict>> InsertPackAsync(IReadOnlyList<ReadOnlyMemory<byte>> blocks, PeerId source = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Applied events, in the order of the request, without duplicates; unknown CIDs are left out.</summary>
    public Task<IReadOnlyList<Event>> GetEventsAsync(IReadOnlyList<Cid> cids, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All required links without a held event; answered from an index.</summary>
    public Task<IReadOnlyList<Cid>> FindMissingLinksAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>One page of visible events.</summary>
    public Task<EventPage> QueryAsync(EventQuery query, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Every change of the visible set after a cursor, exactly once, in causal order. A slow reader delays nobody.</summary>
    public IAsyncEnumerable<ReplicaChange> Changes(ChangeCursor from = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Tells the replica that a peer joined the topic: it announces its heads to it soon.</summary>
    public ValueTask PeerJoinedAsync(PeerId peer, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The visible DAG as Graphviz text.</summary>
    public Task<string> ToDotAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The visible DAG as Mermaid text.</summary>
    public Task<string> ToMermaidAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
