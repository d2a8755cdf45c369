using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>Accepts raw connections on one address. One accepting loop at a time; disposing is thread-safe and ends it.</summary>
public interface ITransportListener : IAsyncDisposable
{
    /// <summary>Where it listens, with the actual port; perhaps the unspecified address.</summary>
    Multiaddr Address { get; }

    /// <summary>The next connection, owned by the caller; null when the listener has been disposed.</summary>
    /// <param name="cancellationToken">Cancelling accepts nothing.</param>
    ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken);
}
