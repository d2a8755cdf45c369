using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>An admitted event in the index: everything but its bytes, which the store keeps.</summary>
internal sealed class EventNode
{
    public required Cid Cid { get; init; }

    public required AuthorEntry Author { get; init; }

    public required AuthorChain Chain { get; init; }

    public required ulong Sequence { get; init; }

    public required ulong Height { get; init; }

    public required ulong At { get; init; }

    public required string Type { get; init; }

    public required EventDigest PayloadHash { get; init; }

    /// <summary>Required links: <c>prev</c> first if there is one, dependencies, references.</summary>
    public required EventNode[] Links { get; init; }

    /// <summary>Past without the own chain, which <see cref="Chain"/> and <see cref="Sequence"/> say: consecutive events of one author share it.</summary>
    public required PastMap Others { get; init; }

    /// <summary>See <see cref="LinkedEvent.Measure"/>.</summary>
    public required uint Measure { get; init; }

    /// <summary>Local arrival number, from 0.</summary>
    public required long Arrival { get; init; }

    /// <summary>Its own signature is known to be good. Otherwise it was not looked at, or is bad: an event of the same author names it as its previous one.</summary>
    public bool IsSigned { get; set; }

    /// <summary>How many tails (the author's fork tail, removal tails) hold it.</summary>
    public int TailCount { get; set; }

    /// <summary>Visible events that link to it.</summary>
    public int VisibleChildren { get; set; }

    /// <summary>Outside every tail, or an ancestor of such an event.</summary>
    public bool IsVisible { get; set; }

    /// <summary>It was applied without becoming visible by itself: what shows it comes after it, whoever reads by arrival may have passed it.</summary>
    public bool CameHidden { get; set; }

    /// <summary>Visible as far as readers were told: what is not durable yet has not changed it.</summary>
    public bool IsTold { get; set; }

    /// <summary>Readers were told at some time that it is visible.</summary>
    public bool WasTold { get; set; }

    /// <summary>Past including itself.</summary>
    public PastMap Inclusive => Others.With(Chain.Id, Sequence);

    /// <summary>Whether <paramref name="other"/> is this event or an ancestor of it.</summary>
    public bool Includes(EventNode other) => ReferenceEquals(other.Chain, Chain)
        ? other.Sequence <= Sequence
        : Others[other.Chain.Id] >= other.Sequence;

    /// <summary>Canonical order: (height, CID).</summary>
    public static int CompareCanonical(EventNode left, EventNode right)
    {
        int byHeight = left.Height.CompareTo(right.Height);
        return byHeight != 0 ? byHeight : left.Cid.CompareTo(right.Cid);
    }
}
