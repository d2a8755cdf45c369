using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dht.Serving;

/// <summary>Port: what the pure parts ask of the transport. Answers at once.</summary>
internal interface IKadPeers
{
    PeerId LocalPeer { get; }

    IReadOnlyList<Multiaddr> ListenAddresses { get; }

    IReadOnlyList<Multiaddr> AddressesOf(PeerId peer);

    bool IsConnected(PeerId peer);
}
