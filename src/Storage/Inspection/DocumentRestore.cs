using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>One document of a backup on its way into a store.</summary>
internal sealed class DocumentRestore : IAsyncDisposable
{
    private readonly Replica _replica;
    private readonly HistoryFeed _feed;
    private readonly List<Cid> _roots = [];

    private DocumentRestore(Replica replica)
    {
        _replica = replica;
        _feed = new HistoryFeed(replica);
    }

    /// <summary>The document.</summary>
    public Cid Id => _replica.Document;

    /// <summary>Whether a limit of the store is reached.</summary>
    public bool IsStopped => _feed.IsStopped;

    /// <summary>Opens the document, writing nothing of its own.</summary>
    public static async Task<DocumentRestore> OpenAsync(Genesis genesis, SqliteEventStore store, CancellationToken cancellationToken)
    {
        // Whoever restores wants all of it: what stands on events that wait for their voucher must find room.
        ReplicaOptions options = new()
        {
            Genesis = genesis,
            Store = store,
            WritesMerges = false,
            PoolEventsMax = 131_072,
            PoolBytesMax = 128L << 20,
            PoolLinksMax = 1 << 20,
        };
        return new DocumentRestore(await Replica.OpenAsync(options, cancellationToken));
    }

    /// <summary>Takes an event.</summary>
    public ValueTask AddAsync(Event read, bool isRoot, CancellationToken cancellationToken)
    {
        if (isRoot)
        {
            _roots.Add(read.Cid);
        }

        return _feed.AddAsync(read, cancellationToken);
    }

    /// <summary>Gives what is left, and takes the roots that are applied out of those that are missing.</summary>
    public async Task<HistoryFed> EndAsync(HashSet<Cid> missing, CancellationToken cancellationToken)
    {
        HistoryFed fed = await _feed.EndAsync(cancellationToken);
        missing.ExceptWith((await _replica.GetEventsAsync(_roots, cancellationToken)).Select(static root => root.Cid));
        return fed;
    }

    public ValueTask DisposeAsync() => _replica.DisposeAsync();
}
