namespace P2P.Node;

/// <summary>The kind of network a node is on: what it tells of itself and how it takes part in the DHT. Limits and penalties are the same in all.</summary>
public enum NodeProfile
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>A local network: peers are looked for by mDNS, private addresses are told, the DHT is the LAN's and every node serves it.</summary>
    Lan,

    /// <summary>
    /// The open net: no mDNS, only public addresses are told and believed, and the DHT (<c>/NETWORK/kad/1.0.0</c>) is served only by nodes that have one; the others ask.
    /// </summary>
    Swarm,

    /// <summary>
    /// Only peers that a person named (<see cref="P2POptions.Peers"/>, <see cref="Peers.PeerDirectory.ConnectAsync"/>, a ticket) are dialled: no mDNS, nothing that
    /// others say of addresses is kept, no address of this node is told and the DHT is not served. Whoever was given its address may connect to it.
    /// </summary>
    Isolated,
}
