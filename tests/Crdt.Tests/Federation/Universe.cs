using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// The eight-record universe of federation §9: b1 a1 a2 b2 a3 b3 c1 a4. Two edges fight for one slot with equal sequence numbers, two
/// tombstones hide one artifact and one of them is lifted, and its content is added again.
/// </summary>
internal sealed class Universe
{
    public Universe()
    {
        Writer a = new(1);
        Writer b = new(2);
        Writer c = new(3);
        B1 = b.Artifact("stone");
        A1 = a.Artifact("paper");
        A2 = a.Edge(A1, B1, deps: B1);
        B2 = b.Edge(A1, B1, deps: A1);
        A3 = a.Tomb(A1);
        B3 = b.Tomb(A1, A2);
        C1 = c.Artifact(System.Text.Encoding.UTF8.GetBytes("paper"), null, B2);
        A4 = a.Lift(A1, [A3]);
        All = [B1, A1, A2, B2, A3, B3, C1, A4];
    }

    public Event B1 { get; }

    public Event A1 { get; }

    public Event A2 { get; }

    public Event B2 { get; }

    public Event A3 { get; }

    public Event B3 { get; }

    public Event C1 { get; }

    public Event A4 { get; }

    /// <summary>In a causal order.</summary>
    public Event[] All { get; }

    /// <summary>Every order of eight places (Heap's algorithm); the array is reused.</summary>
    public static IEnumerable<int[]> Orders()
    {
        int[] order = [.. Enumerable.Range(0, 8)];
        int[] state = new int[8];
        yield return order;
        for (int i = 0; i < 8;)
        {
            if (state[i] < i)
            {
                int other = i % 2 == 0 ? 0 : state[i];
                (order[other], order[i]) = (order[i], order[other]);
                yield return order;
                state[i]++;
                i = 0;
            }
            else
            {
                state[i++] = 0;
            }
        }
    }

    /// <summary>All causally closed subsets that are not empty.</summary>
    public List<Event[]> Cuts()
    {
        List<Event[]> cuts = [];
        for (int mask = 1; mask < 256; mask++)
        {
            Event[] chosen = [.. All.Where((_, i) => ((mask >> i) & 1) != 0)];
            HashSet<Core.Multiformats.Cid> names = [.. chosen.Select(static e => e.Cid)];
            if (chosen.All(e => (e.Previous.IsNone || names.Contains(e.Previous)) && e.Dependencies.All(names.Contains)))
            {
                cuts.Add(chosen);
            }
        }

        return cuts;
    }
}
