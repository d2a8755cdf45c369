using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>An authenticated, multiplexed connection: what the upgrade of a raw connection gives. Thread-safe.</summary>
public abstract class MuxedConnection : IAsyncDisposable
{
    /// <summary>The verified remote.</summary>
    public abstract PeerId RemotePeer { get; }

    /// <summary>The key that proved it.</summary>
    public abstract PublicKey RemoteKey { get; }

    /// <summary>Remote address without <c>/p2p</c>.</summary>
    public abstract Multiaddr RemoteAddress { get; }

    /// <summary>Whether we dialled.</summary>
    public abstract bool Outbound { get; }

    /// <summary>Streams open now, both directions.</summary>
    public abstract int OpenStreams { get; }

    /// <summary>Ends when the connection has ended, for whatever reason; never faults.</summary>
    public abstract Task Closed { get; }

    /// <summary>Opens a stream; no protocol is negotiated yet. Waits while too many are unacknowledged.</summary>
    /// <param name="cancellationToken">Cancelling opens nothing.</param>
    /// <exception cref="TransportException">Closed or limit reached.</exception>
    public abstract ValueTask<MuxedStream> OpenStreamAsync(CancellationToken cancellationToken);

    /// <summary>The next stream the remote opened, or null when the connection has ended.</summary>
    /// <param name="cancellationToken">Cancelling accepts nothing.</param>
    public abstract ValueTask<MuxedStream?> AcceptStreamAsync(CancellationToken cancellationToken);

    /// <summary>Closes at once. Synchronous, idempotent, never throws.</summary>
    public abstract void Abort();

    /// <summary>Says good-bye (GoAway), then closes. Idempotent.</summary>
    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
