using P2P.Core.Identity;
using P2P.Node.Identity;

namespace P2P.Node.Peers;

/// <summary>A connected peer, as people want to see it.</summary>
/// <param name="Id">The verified peer id.</param>
/// <param name="Address">Where the connection goes, as text; empty when unknown.</param>
/// <param name="Outbound">Whether this node dialled.</param>
/// <param name="Found">How the peer was found.</param>
public sealed record NodePeer(PeerId Id, string Address, bool Outbound, PeerOrigin Found)
{
    /// <summary>Two words for people.</summary>
    public string Name => PeerNames.Of(Id);
}

/// <summary>How a peer was found.</summary>
public enum PeerOrigin
{
    /// <summary>It came to us, or a third party named it.</summary>
    Unknown = 0,

    /// <summary>By mDNS on the local network.</summary>
    Mdns,

    /// <summary>By its address in the options.</summary>
    Configured,
}
