using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>A link that somebody names and that is not admitted.</summary>
internal sealed class MissingLink(Cid cid)
{
    public Cid Cid { get; } = cid;

    /// <summary>Waiting events that need it.</summary>
    public int Needs { get; set; }

    /// <summary>It is in the waiting room itself: nothing to fetch.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Peer that announced it as a head, when nothing held needs it; none otherwise.</summary>
    public PeerId Announcer { get; set; }

    /// <summary>Peer and author whose event made it wanted: what one of them wants waits behind itself, not before others.</summary>
    public FetchLane Lane { get; set; }

    /// <summary>Whom to ask first.</summary>
    public PeerId Suggested { get; set; }

    public int Attempts { get; set; }

    public bool InFlight { get; set; }

    /// <summary>The fetch in flight is not the first.</summary>
    public bool IsRepeated { get; set; }

    public TimeSpan DueAt { get; set; }
}
