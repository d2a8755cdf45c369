using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Crdt.Replication;
using P2P.Node.Adapters;
using P2P.Node.Identity;
using P2P.Storage;
using P2P.Storage.Eviction;

namespace P2P.Node;

/// <summary>Where a node keeps what must outlive it: a data folder, or memory. Owns the identity key.</summary>
internal sealed class NodeStore : IAsyncDisposable
{
    private NodeStore(PrivateKey identity, IEventStore events, (IBlockStore Blocks, IPinStore Pins) blocks)
    {
        Identity = identity;
        Events = events;
        (Blocks, Pins) = blocks;
    }

    public PrivateKey Identity { get; }

    public IEventStore Events { get; }

    /// <summary>Whether the folder was restored or copied, so that a new author key was made before the first write.</summary>
    public bool WasCopied => Events is SqliteEventStore { AuthorRotated: true };

    /// <summary>Whether the author key came from a key file.</summary>
    public bool IsAuthorImported => Events is SqliteEventStore { IsAuthorImported: true };

    /// <summary>The author key that was replaced last.</summary>
    public AuthorRenewal? Renewed => (Events as SqliteEventStore)?.Renewed;

    /// <summary>Makes room below the quota; null in memory.</summary>
    public StoreEviction? Eviction => (Events as SqliteEventStore)?.Eviction;

    public IBlockStore Blocks { get; }

    public IPinStore Pins { get; }

    /// <exception cref="P2PException">The folder cannot be used; the message says why and what to do.</exception>
    public static async Task<NodeStore> OpenAsync(P2POptions options)
    {
        if (options.DataDirectory is not string directory)
        {
            MemoryEventStore memory = new(options.Chance);
            EventBlockStore blocks = new(memory);
            return new NodeStore(PrivateKey.Generate(KeyType.Ed25519, options.Chance), memory, (blocks, blocks));
        }

        SqliteEventStore store = OpenStore(directory, options);
        try
        {
            return new NodeStore(IdentityFile.LoadOrCreate(directory, options.Chance), store, (store.Blocks, store.Blocks));
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Events.DisposeAsync();
        Identity.Dispose();
    }

    private static SqliteEventStore OpenStore(string directory, P2POptions options)
    {
        try
        {
            return SqliteEventStore.Open(directory, options.Storage, options.Chance, options.Spawner);
        }
        catch (StoreException error)
        {
            throw P2PException.Of(error);
        }
    }
}
