using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Orders in which a large set of events can arrive, each after all it links to; linear in the links.</summary>
internal sealed class CausalOrder
{
    private readonly List<Event> _events;
    private readonly List<int>[] _children;
    private readonly int[] _parents;

    /// <summary>Prepares a closed set.</summary>
    public CausalOrder(List<Event> events)
    {
        _events = events;
        _children = [.. events.Select(static _ => new List<int>())];
        _parents = new int[events.Count];
        Dictionary<Cid, int> places = [];
        for (int i = 0; i < events.Count; i++)
        {
            places.Add(events[i].Cid, i);
        }

        for (int i = 0; i < events.Count; i++)
        {
            foreach (Cid link in RandomHistory.LinksOf(events[i]).Distinct())
            {
                _parents[i]++;
                _children[places[link]].Add(i);
            }
        }
    }

    /// <summary>One author as far as it goes before the next: concurrent branches arrive one after the other.</summary>
    public List<int> ByAuthor() => Order(ready => ready.IndexOf(ready.MaxBy(i => _events[i].Author.Span[^1])));

    /// <summary>Any event that can come next, as chance has it.</summary>
    public List<int> Random(ulong seed)
    {
        SeededChance chance = new(seed);
        return Order(ready => chance.Below(ready.Count));
    }

    private List<int> Order(Func<List<int>, int> choose)
    {
        int[] waiting = [.. _parents];
        List<int> ready = [.. Enumerable.Range(0, waiting.Length).Where(i => waiting[i] == 0)];
        List<int> order = new(waiting.Length);
        while (ready.Count > 0)
        {
            int at = choose(ready);
            int next = ready[at];
            (ready[at], ready[^1]) = (ready[^1], next);
            ready.RemoveAt(ready.Count - 1);
            order.Add(next);
            foreach (int child in _children[next])
            {
                if (--waiting[child] == 0)
                {
                    ready.Add(child);
                }
            }
        }

        return order;
    }
}
