using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Logs;

/// <summary>
/// Signed entries of an application, replicated to everybody who opens the same name. Nobody can change, forge or lose one unnoticed; the order
/// is the same everywhere. Thread-safe.
/// </summary>
/// <typeparam name="T">What an entry says.</typeparam>
public interface IReplicatedLog<T>
{
    /// <summary>The name it was opened by.</summary>
    string Name { get; }

    /// <summary>Its id: the CID of the genesis block, the same on every peer of the network.</summary>
    Cid Id { get; }

    /// <summary>Who may append to it; what others wrote is refused by every peer.</summary>
    WriterPolicy Writers { get; }

    /// <summary>What somebody else needs to open it: which log it is, and at most three addresses of this node. <c>ToString</c> gives the text.</summary>
    Ticket Ticket { get; }

    /// <summary>Heads, sync state, forks.</summary>
    ReplicaStatus Status { get; }

    /// <summary>The Merkle-Clock behind it.</summary>
    Replica Replica { get; }

    /// <summary>Signs and stores an entry; completes when it is durable, then tells the network.</summary>
    /// <param name="item">What to say.</param>
    /// <param name="cancellationToken">Ends the wait; the entry may still be written.</param>
    /// <exception cref="P2PException">Not a writer, longer than <see cref="ReplicatedLogLimits.EntryBytesMax"/>, or the store failed.</exception>
    Task<LogEntry<T>> AppendAsync(T item, CancellationToken cancellationToken = default);

    /// <summary>All entries held now, in document order: the same list on every peer with the same heads.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<IReadOnlyList<LogEntry<T>>> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Entries in the order in which they arrived here, first the past, then new ones as they come; one that leaves the log comes again as a retraction. None
    /// is missed, however late it comes, and nothing is dropped: a slow reader only falls behind.
    /// </summary>
    /// <param name="from">Where to go on (<see cref="LogChange{T}.Cursor"/>); default = the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="P2PException">
    /// The place is of another store, or events before it are damaged or gone: start again at the beginning (<see cref="NodeError.CursorInvalid"/>). Or the log was
    /// closed.
    /// </exception>
    IAsyncEnumerable<LogChange<T>> Changes(ChangeCursor from = default, CancellationToken cancellationToken = default);

    /// <summary>Reads everything back and checks every hash and signature again.</summary>
    /// <param name="cancellationToken">Ends the walk.</param>
    Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until a peer has confirmed that it has exactly the same events.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task WaitForSyncAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until at least one peer is known to hold what is here.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task WaitForDeliveryAsync(CancellationToken cancellationToken = default);
}
