using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>One page of a query.</summary>
/// <param name="Events">In the order asked for.</param>
/// <param name="Next">Where the next page starts, or null when there was nothing more at this moment.</param>
public sealed record EventPage(IReadOnlyList<Event> Events, QueryCursor? Next)
{
    /// <summary>
    /// Where a reader in ascending order of arrival goes on, now or later: <see cref="Next"/>, or behind all that was there at this moment. Nothing
    /// that arrives, returns, or is shown later than it came is missed. Null in other orders: a late event may sort before any place in them.
    /// </summary>
    public QueryCursor? Resume { get; init; }

    /// <summary>
    /// Events of this page that cannot be read now: their blocks rotted, or the snapshot did in which they are, and no peer has brought them back
    /// yet. A page is never silently shorter.
    /// </summary>
    public IReadOnlyList<Cid> Unreadable { get; init; } = [];
}
