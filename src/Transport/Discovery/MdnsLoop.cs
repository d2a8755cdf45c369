using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Discovery;

/// <summary>Multicast discovery of peers on the local link: <c>_p2p._udp.local</c>. Thread-safe.</summary>
public sealed class MdnsLoop : IAsyncDisposable
{
    /// <summary>Creates the loop; nothing is opened until <see cref="StartAsync"/>.</summary>
    /// <param name="localPeer">Who we are, to announce and to ignore ourselves.</param>
    /// <param name="addresses">Our present listen addresses, without <c>/p2p</c>; asked again on every scan.</param>
    /// <param name="options">Limits and habits.</param>
    /// <param name="runtime">Clock, spawner, chance, log.</param>
    public MdnsLoop(PeerId localPeer, Func<IReadOnlyList<Multiaddr>> addresses, MdnsOptions options, TransportRuntime runtime)
    {
    }

    /// <summary>Opens the sockets. A port that cannot be bound is a warning and an empty discovery, not an exception.</summary>
    /// <param name="cancellationToken">Cancelling undoes what was started.</param>
    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Peers as they are heard. Bounded at 256 waiting: the oldest is dropped. One reader.</summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<DiscoveredPeer> DiscoveredAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
