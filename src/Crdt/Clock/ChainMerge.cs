namespace P2P.Crdt.Clock;

/// <summary>
/// Stretches of branches as one list in canonical order. Along a branch heights rise, so every stretch is in that order already: merging n events of
/// k branches costs O(n log k), where sorting them would cost O(n log n).
/// </summary>
internal sealed class ChainMerge
{
    private readonly List<(AuthorChain Chain, ulong From, ulong Top)> _stretches = [];
    private int _count;

    /// <summary>Adds the events of a branch from one sequence number to another, both included; none when the first is higher.</summary>
    public void Add(AuthorChain chain, ulong from, ulong top)
    {
        ulong first = Math.Max(from, chain.Start);
        if (first <= top)
        {
            _stretches.Add((chain, first, top));
            _count = checked(_count + (int)(top - first + 1));
        }
    }

    /// <summary>What <paramref name="read"/> takes of every event, in canonical order.</summary>
    public T[] ToArray<T>(Func<EventNode, T> read)
    {
        T[] merged = new T[_count];
        PriorityQueue<int, EventNode> next = new(_stretches.Count, Comparer<EventNode>.Create(EventNode.CompareCanonical));
        ulong[] at = new ulong[_stretches.Count];
        for (int i = 0; i < at.Length; i++)
        {
            at[i] = _stretches[i].From;
            next.Enqueue(i, _stretches[i].Chain[at[i]]);
        }

        int filled = 0;
        while (next.TryPeek(out int stretch, out EventNode? lowest))
        {
            merged[filled++] = read(lowest);
            (AuthorChain chain, _, ulong top) = _stretches[stretch];
            if (at[stretch] == top)
            {
                next.Dequeue();
            }
            else
            {
                at[stretch]++;
                next.DequeueEnqueue(stretch, chain[at[stretch]]);
            }
        }

        return merged;
    }
}
