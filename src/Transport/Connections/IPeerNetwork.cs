using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>
/// Port: what DHT, PubSub, Bitswap and sync need of the transport. Implemented by the connection manager and, in tests, by an
/// in-process network. Thread-safe.
/// </summary>
public interface IPeerNetwork
{
    /// <summary>Who we are.</summary>
    PeerId LocalPeer { get; }

    /// <summary>The identity key, for protocols that sign with it.</summary>
    PrivateKey Identity { get; }

    /// <summary>The addresses others can dial, without <c>/p2p</c>.</summary>
    IReadOnlyList<Multiaddr> ListenAddresses { get; }

    /// <summary>Peers with an authenticated connection right now.</summary>
    IReadOnlyList<PeerId> ConnectedPeers { get; }

    /// <summary>Whether the peer has an authenticated connection right now.</summary>
    /// <param name="peer">Who.</param>
    bool IsConnected(PeerId peer);

    /// <summary>Protocols the peer said it accepts, empty when unknown.</summary>
    /// <param name="peer">Who.</param>
    IReadOnlyList<string> ProtocolsOf(PeerId peer);

    /// <summary>Known addresses of a peer, without <c>/p2p</c>, best first.</summary>
    /// <param name="peer">Who.</param>
    IReadOnlyList<Multiaddr> AddressesOf(PeerId peer);

    /// <summary>Notes addresses heard from a third party; bounded, unsigned, tried last.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="addresses">With or without <c>/p2p</c>.</param>
    void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses);

    /// <summary>Connects, unless connected already.</summary>
    /// <param name="peer">Who; the verified identity must be this one.</param>
    /// <param name="cancellationToken">Cancelling gives up waiting; a connection may still come up.</param>
    /// <exception cref="TransportException">It could not be reached or was somebody else.</exception>
    Task ConnectAsync(PeerId peer, CancellationToken cancellationToken);

    /// <summary>Opens a stream with the first protocol that both sides speak; connects first if needed.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="protocols">Preferred first; one candidate negotiates without waiting (0-RTT).</param>
    /// <param name="cancellationToken">Cancelling resets what was opened.</param>
    /// <exception cref="TransportException">Unreachable, refused, or no common protocol.</exception>
    Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken);

    /// <summary>Closes all connections to a peer.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Cancelling closes hard.</param>
    Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken);

    /// <summary>Accepts inbound streams of a protocol from now on.</summary>
    /// <param name="protocol">Exact protocol id.</param>
    /// <param name="handler">Runs once per stream.</param>
    /// <param name="streamsPerPeerMax">More at the same time from one peer are reset.</param>
    void Handle(string protocol, StreamHandler handler, int streamsPerPeerMax);

    /// <summary>Stops accepting a protocol.</summary>
    /// <param name="protocol">Exact protocol id.</param>
    void Unhandle(string protocol);

    /// <summary>
    /// Peer events from now on, preceded by the present state (a Connected and Identified for each connected peer). Bounded: a reader that
    /// falls 1,024 behind loses the oldest; it must treat <see cref="ConnectedPeers"/> as the truth.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<PeerEvent> PeerEventsAsync(CancellationToken cancellationToken);
}
