using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>When what is due on one link. Owned by <see cref="MdnsSession"/>.</summary>
internal sealed class MdnsLinkState
{
    public required MdnsLink Link { get; set; }

    /// <summary>What we announce here.</summary>
    public IReadOnlyList<Multiaddr> Addresses { get; set; } = [];

    public TimeSpan NextQueryAt { get; set; }

    public int QueriesSent { get; set; }

    /// <summary>When an answer is due, or null.</summary>
    public TimeSpan? AnswerAt { get; set; }

    /// <summary>When the answer about service types is due, or null.</summary>
    public TimeSpan? ServicesAnswerAt { get; set; }

    public TimeSpan? LastAnswerAt { get; set; }

    public TimeSpan? LastServicesAnswerAt { get; set; }

    /// <summary>Announcements still to make: two after a change, a second apart, because a packet may be lost.</summary>
    public int AnnouncementsLeft { get; set; }
}
