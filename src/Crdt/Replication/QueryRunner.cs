using P2P.Core.Multiformats;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>Answers queries from the index; durable, visible events only.</summary>
internal static class QueryRunner
{
    /// <summary>One page.</summary>
    /// <exception cref="InvalidCursorException">The cursor is of another store, or names a place it never had.</exception>
    public static (List<Cid> Cids, QueryCursor? Next) Run(ReplicaCore core, EventQuery query, ulong epoch)
    {
        IReadOnlyList<EventNode> nodes = query.Order == QueryOrder.Canonical
            ? core.State.Clock.Canonical()
            : core.State.Graph.ByArrival;
        int step = query.Descending ? -1 : 1;
        int at = query.Descending ? nodes.Count - 1 : 0;
        if (query.After is QueryCursor after)
        {
            at = PlaceOf(core, query.Order, nodes, CheckedCursor(core, after, epoch)) + step;
        }

        List<Cid> cids = [];
        long last = 0;
        for (; at >= 0 && at < nodes.Count; at += step)
        {
            EventNode node = nodes[at];
            if (node.Arrival < core.PublishedCount && node.IsVisible && Matches(node, query))
            {
                if (cids.Count == query.Limit)
                {
                    return (cids, new QueryCursor(epoch, last));
                }

                cids.Add(node.Cid);
                last = node.Arrival;
            }
        }

        return (cids, null);
    }

    private static EventNode CheckedCursor(ReplicaCore core, QueryCursor cursor, ulong epoch) =>
        cursor.Epoch != epoch ? throw new InvalidCursorException(cursor.Epoch, epoch)
        : cursor.Arrival < 0 || cursor.Arrival >= core.PublishedCount ? throw new InvalidCursorException(cursor.Arrival)
        : core.State.Graph.ByArrival[(int)cursor.Arrival];

    // Where the cursor's event stands; in canonical order it may have become invisible since, then where it would stand.
    private static int PlaceOf(ReplicaCore core, QueryOrder order, IReadOnlyList<EventNode> nodes, EventNode cursor)
    {
        _ = core;
        if (order == QueryOrder.Arrival)
        {
            return (int)cursor.Arrival;
        }

        int found = ((List<EventNode>)nodes).BinarySearch(cursor, Comparer<EventNode>.Create(EventNode.CompareCanonical));
        return found >= 0 ? found : ~found;
    }

    private static bool Matches(EventNode node, EventQuery query) =>
        (query.Type is null || node.Type == query.Type)
        && (query.Author is not ReadOnlyMemory<byte> author || node.Author.Protobuf.Span.SequenceEqual(author.Span))
        && InRange(node.Height, query.HeightMin, query.HeightMax)
        && InRange(node.At, query.AtMin, query.AtMax)
        && node.Arrival >= (query.ArrivalMin ?? 0)
        && node.Arrival <= (query.ArrivalMax ?? long.MaxValue);

    private static bool InRange(ulong value, ulong? min, ulong? max) => value >= (min ?? 0) && value <= (max ?? ulong.MaxValue);
}
