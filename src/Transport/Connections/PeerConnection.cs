using P2P.Core.Identity;

namespace P2P.Transport.Connections;

/// <summary>One admitted connection and what the manager notes about it. Mutable parts are guarded by <see cref="NetworkState"/>.</summary>
/// <param name="muxed">The connection.</param>
/// <param name="startedAt">Monotonic instant of its admission.</param>
/// <param name="since">The same by the wall clock, for people.</param>
/// <param name="ticket">Inbound: its place in the per-address counts; given back when it ends.</param>
internal sealed class PeerConnection(MuxedConnection muxed, TimeSpan startedAt, DateTimeOffset since, InboundTicket? ticket)
{
    public MuxedConnection Muxed { get; } = muxed;

    public PeerId Peer => Muxed.RemotePeer;

    public bool Outbound => Muxed.Outbound;

    public TimeSpan StartedAt { get; } = startedAt;

    public DateTimeOffset Since { get; } = since;

    public InboundTicket? Ticket { get; } = ticket;

    /// <summary>Since when another connection to the peer is the one that is kept; null while this one is.</summary>
    public TimeSpan? SurplusSince { get; set; }
}
