using P2P.Core.Multiformats;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>Answers one query from the index, as far as it is durable and told: what a commit on its way shows or hides is on no page before.</summary>
/// <param name="core">The document.</param>
/// <param name="changes">What is told, and what became visible behind its place.</param>
/// <param name="query">The query.</param>
internal sealed class QueryRunner(ReplicaCore core, ChangeLog changes, EventQuery query)
{
    private readonly List<Cid> _cids = [];

    private bool IsByArrival => query is { Order: QueryOrder.Arrival, Descending: false };

    /// <summary>One page.</summary>
    /// <exception cref="InvalidCursorException">The cursor is of another store, or names a place it never had.</exception>
    public (List<Cid> Cids, QueryCursor? Next, QueryCursor? Resume) Run()
    {
        IReadOnlyList<EventNode> nodes = query.Order == QueryOrder.Canonical
            ? Canonical()
            : core.State.Graph.ByArrival;
        int step = query.Descending ? -1 : 1;
        int at = query.Descending ? nodes.Count - 1 : 0;
        long returned = changes.Returned.Count;
        if (query.After is QueryCursor after)
        {
            Check(after);
            at = after.Arrival < 0 ? at : PlaceOf(nodes, after.Arrival) + step;
            if (IsByArrival && Returned(after) is QueryCursor full)
            {
                return (_cids, full, full);
            }
        }

        long last = query.After?.Arrival ?? -1;
        for (; at >= 0 && at < nodes.Count; at += step)
        {
            EventNode node = nodes[at];
            if (Matches(node))
            {
                if (_cids.Count == query.Limit)
                {
                    QueryCursor next = new(changes.Epoch, last) { Returned = returned };
                    return (_cids, next, IsByArrival ? next : null);
                }

                _cids.Add(node.Cid);
                last = node.Arrival;
            }
        }

        return (_cids, null, IsByArrival ? new QueryCursor(changes.Epoch, changes.AppliedCount - 1) { Returned = returned } : null);
    }

    private void Check(QueryCursor cursor)
    {
        if (cursor.Epoch != changes.Epoch)
        {
            throw new InvalidCursorException(cursor.Epoch, changes.Epoch);
        }

        if (cursor.Arrival < -1 || cursor.Arrival >= changes.AppliedCount)
        {
            throw new InvalidCursorException(cursor.Arrival);
        }

        if (cursor.Returned < 0 || cursor.Returned > changes.Returned.Count)
        {
            throw new InvalidCursorException(cursor.Returned);
        }
    }

    private List<EventNode> Canonical()
    {
        List<EventNode> nodes = [.. core.State.Graph.ByArrival.Where(static node => node.IsTold)];
        nodes.Sort(EventNode.CompareCanonical);
        return nodes;
    }

    // What became visible since the cursor and stands before it; where to go on when the page is full.
    private QueryCursor? Returned(QueryCursor after)
    {
        for (long i = after.Returned; i < changes.Returned.Count; i++)
        {
            EventNode node = changes.Returned[(int)i];
            if (node.Arrival <= after.Arrival && Matches(node) && !_cids.Contains(node.Cid))
            {
                if (_cids.Count == query.Limit)
                {
                    return after with { Returned = i };
                }

                _cids.Add(node.Cid);
            }
        }

        return null;
    }

    // Where the cursor's event stands; in canonical order it may have become invisible since, then between those it would stand between: a step from there
    // leads to the first that is not given yet, in either direction.
    private int PlaceOf(IReadOnlyList<EventNode> nodes, long arrival)
    {
        if (query.Order == QueryOrder.Arrival)
        {
            return (int)arrival;
        }

        EventNode cursor = core.State.Graph.ByArrival[(int)arrival];
        int found = ((List<EventNode>)nodes).BinarySearch(cursor, Comparer<EventNode>.Create(EventNode.CompareCanonical));
        return found >= 0 ? found : query.Descending ? ~found : ~found - 1;
    }

    private bool Matches(EventNode node) => node.IsTold
        && (query.Type is null || node.Type == query.Type)
        && (query.Author is not ReadOnlyMemory<byte> author || node.Author.Protobuf.Span.SequenceEqual(author.Span))
        && InRange(node.Height, query.HeightMin, query.HeightMax)
        && InRange(node.At, query.AtMin, query.AtMax)
        && node.Arrival >= (query.ArrivalMin ?? 0)
        && node.Arrival <= (query.ArrivalMax ?? long.MaxValue);

    private static bool InRange(ulong value, ulong? min, ulong? max) => value >= (min ?? 0) && value <= (max ?? ulong.MaxValue);
}
