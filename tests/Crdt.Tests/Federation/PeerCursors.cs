using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Crdt.Tests.Federation;

/// <summary>Positions per (peer, author, branch) in memory, moved by what peers bring. Bounded by the events they brought; one owner.</summary>
/// <remarks>Spec: federation, F4. A position moves along <c>prev</c> only, so a gap stays a gap until it is filled.</remarks>
internal sealed class PeerCursors
{
    private readonly Dictionary<(string Peer, Cid Tip), PeerPosition> _byTip = [];
    private readonly Dictionary<(string Peer, EventDigest Author), ulong> _highest = [];

    /// <summary>All positions, by peer, author and branch.</summary>
    public IReadOnlyList<PeerPosition> Positions =>
        [.. _byTip.Values.OrderBy(static p => p.Peer, StringComparer.Ordinal).ThenBy(static p => p.Author, s_bytes).ThenBy(static p => p.Branch)];

    private static readonly Comparer<ReadOnlyMemory<byte>> s_bytes =
        Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span));

    /// <summary>Whether an event lies beyond what this peer has brought of its author.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="offered">The event.</param>
    public bool IsBeyond(string peer, Event offered)
    {
        ArgumentNullException.ThrowIfNull(offered);
        return offered.Sequence > _highest.GetValueOrDefault((peer, Clock.EventGraph.KeyOf(offered.Author.Span)));
    }

    /// <summary>A peer brought an event whose links are applied.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="brought">The event.</param>
    public void Advance(string peer, Event brought)
    {
        ArgumentNullException.ThrowIfNull(brought);
        Cid branch = brought.Cid;
        if (!brought.Previous.IsNone && _byTip.Remove((peer, brought.Previous), out PeerPosition? before))
        {
            branch = before.Branch;
        }

        _byTip[(peer, brought.Cid)] = new PeerPosition(peer, brought.Document, brought.Author.ToArray(), branch, brought.Sequence, brought.Cid);
        (string, EventDigest) key = (peer, Clock.EventGraph.KeyOf(brought.Author.Span));
        _highest[key] = Math.Max(_highest.GetValueOrDefault(key), brought.Sequence);
    }
}
