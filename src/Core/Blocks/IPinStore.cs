using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>Port: which roots are to stay. A garbage collection keeps a pinned block and everything it links to. Implementations are thread-safe.</summary>
public interface IPinStore
{
    /// <summary>Pins a root, held or not; durable when it completes. Idempotent.</summary>
    /// <param name="root">The name.</param>
    /// <param name="cancellationToken">Cancelling may leave it pinned.</param>
    ValueTask PinAsync(Cid root, CancellationToken cancellationToken);

    /// <summary>Lets go of a root; its blocks stay until the next collection.</summary>
    /// <param name="root">The name.</param>
    /// <param name="cancellationToken">Cancelling may leave it unpinned.</param>
    ValueTask UnpinAsync(Cid root, CancellationToken cancellationToken);

    /// <summary>All pinned roots, by their bytes.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken);
}
