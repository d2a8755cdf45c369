using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>A negotiated stream: which protocol, to which verified peer.</summary>
/// <param name="Stream">The bytes; whoever gets the record owns and disposes it.</param>
/// <param name="Protocol">The negotiated protocol id.</param>
/// <param name="Peer">The verified remote.</param>
/// <param name="RemoteAddress">Where the connection goes, without <c>/p2p</c>.</param>
public sealed record PeerStream(MuxedStream Stream, string Protocol, PeerId Peer, Multiaddr RemoteAddress);
