using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Lookup;

/// <summary>A peer a lookup has heard of; owned by the lookup.</summary>
internal sealed class Candidate(PeerId peer, KadKey distance)
{
    public PeerId Peer { get; } = peer;

    public KadKey Distance { get; } = distance;

    public CandidateState State { get; set; } = CandidateState.Heard;

    /// <summary>Paths that have heard of it, one bit each.</summary>
    public uint Paths { get; set; }

    /// <summary>The path that asked it: only this one learns from its answer.</summary>
    public int AskedBy { get; set; }

    public TimeSpan AskedAt { get; set; }

    /// <summary>Who told of it first; none for one of the routing table.</summary>
    public PeerId ToldBy { get; init; }

    /// <summary>As which it was asked, from 1; 0 when it was not.</summary>
    public int Order { get; set; }
}
