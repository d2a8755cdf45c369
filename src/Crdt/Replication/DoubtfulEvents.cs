using P2P.Core.Multiformats;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>
/// Events of one step whose own signature is known to be bad and that nothing vouches for yet. Whoever waits for one of them is woken only when a voucher
/// has come in, or one that waits may still come: else the same small block, sent again and again, walks the whole waiting room in and out each time.
/// </summary>
internal sealed class DoubtfulEvents(EventGraph graph, OrphanPool pool, Authenticity authenticity)
{
    private const int LackingMax = 4_096;

    private readonly Dictionary<Cid, Doubt> _doubts = [];

    // By voucher: a link, its own or of what it waits for, that was held nowhere, or had no hope, when last looked.
    private readonly BoundedMemo<Cid, Cid> _lacking = new(LackingMax);
    private IEnumerable<PoolEntry> _entries = [];
    private Dictionary<Cid, PoolEntry>? _given;

    /// <summary>Waiting events looked at so far in search of what they lack; tests count the work by it.</summary>
    public long Walked { get; private set; }

    /// <summary>A step begins.</summary>
    /// <param name="entries">What came with it: it is not lacking.</param>
    public void Begin(IEnumerable<PoolEntry> entries) => _entries = entries;

    /// <summary>The step is over.</summary>
    public void End()
    {
        _doubts.Clear();
        _entries = [];
        _given = null;
    }

    /// <summary>Takes an event that was put into the graph, if it is doubtful.</summary>
    public bool TryAdd(PoolEntry entry)
    {
        bool isDoubtful = !entry.IsSigned && authenticity.IsKnownBad(entry.Held);
        if (isDoubtful)
        {
            _doubts[entry.Held.Cid] = new Doubt(entry, []);
        }

        return isDoubtful;
    }

    /// <summary>It was taken out of the graph again.</summary>
    public void Remove(PoolEntry entry) => _doubts.Remove(entry.Held.Cid);

    /// <summary>An event waits: it may vouch for one of these when it comes in.</summary>
    public void NoteVoucher(PoolEntry entry)
    {
        if (_doubts.Count > 0 && !entry.Held.Previous.IsNone && _doubts.TryGetValue(entry.Held.Previous, out Doubt? doubt) && doubt.Entry.IsVouchedBy(entry))
        {
            doubt.Vouchers.Add(entry);
        }
    }

    /// <summary>
    /// Another of these that an event needs which vouches for one; none if there is none. It waits for it, as if it were not there: else it comes in, with
    /// all that waits for what it vouches for, and all of them leave again.
    /// </summary>
    public Cid OtherNeed(PoolEntry entry)
    {
        if (_doubts.Count < 2 || entry.Held.Previous.IsNone || !_doubts.TryGetValue(entry.Held.Previous, out Doubt? doubt) || !doubt.Entry.IsVouchedBy(entry))
        {
            return default;
        }

        for (int i = entry.Skip; i < EventGraph.LinkCount(entry.Held); i++)
        {
            Cid link = EventGraph.LinkAt(entry.Held, i);
            if (link != entry.Held.Previous && _doubts.ContainsKey(link))
            {
                return link;
            }
        }

        return default;
    }

    /// <summary>Takes out what an event vouches for that came in and is not doubtful itself, down its branch.</summary>
    public List<Cid> TakeVouchedBy(PoolEntry entry)
    {
        List<Cid> taken = [];
        while (_doubts.Count > 0 && !entry.Held.Previous.IsNone && _doubts.TryGetValue(entry.Held.Previous, out Doubt? doubt) && doubt.Entry.IsVouchedBy(entry))
        {
            entry = doubt.Entry;
            _doubts.Remove(entry.Held.Cid);
            taken.Add(entry.Held.Cid);
        }

        return taken;
    }

    /// <summary>Takes out those a waiting voucher of which may still come, and what these vouch for: it may wait for one that waits for them.</summary>
    /// <param name="isOut">Whether an event was refused or left out in this step.</param>
    public List<Cid> TakeHopeful(Predicate<Cid> isOut)
    {
        List<Cid> taken = [];
        if (_doubts.Count == 0)
        {
            return taken;
        }

        HashSet<Cid> hopeless = FindHopeless(isOut);
        foreach (PoolEntry entry in _doubts.Values.Where(doubt => !hopeless.Contains(doubt.Entry.Held.Cid)).Select(static d => d.Entry).ToList())
        {
            if (_doubts.Remove(entry.Held.Cid))
            {
                taken.Add(entry.Held.Cid);
                taken.AddRange(TakeVouchedBy(entry));
            }
        }

        return taken;
    }

    // The fewest that must be given up: those whose vouchers all lack something, or need one that is given up. Two that need each other have hope.
    // What was found lacking before is looked at first, so that only what has hope is walked.
    private HashSet<Cid> FindHopeless(Predicate<Cid> isOut)
    {
        Hope hope = new(_doubts.Values.ToLookup(static doubt => doubt.Entry.Held.Previous, static doubt => doubt.Entry.Held.Cid), []);
        Dictionary<PoolEntry, HashSet<Cid>?> walked = [];
        Settle(hope, voucher => ByMemo(voucher, hope.Lost));
        Settle(hope, voucher =>
        {
            if (ByMemo(voucher, hope.Lost) is null)
            {
                return null;
            }

            if (!walked.TryGetValue(voucher, out HashSet<Cid>? needs))
            {
                walked.Add(voucher, needs = Walk(voucher, hope.Lost, isOut));
            }

            Cid lost = needs?.FirstOrDefault(hope.Lost.Contains) ?? default;
            if (!lost.IsNone)
            {
                _lacking.Set(voucher.Held.Cid, lost);
            }

            return lost.IsNone ? needs : null;
        });
        return hope.Lost;
    }

    // Gives up those without support, then those whose support needed them, until nothing changes.
    private void Settle(Hope hope, Func<PoolEntry, IReadOnlyCollection<Cid>?> needsOf)
    {
        Dictionary<Cid, List<Cid>> leaning = [];
        Dictionary<Cid, int> next = [];
        Queue<Cid> work = new(_doubts.Keys);
        while (work.TryDequeue(out Cid cid))
        {
            if (hope.Lost.Contains(cid))
            {
                continue;
            }

            if (Support(hope, _doubts[cid], next, needsOf) is not IReadOnlyCollection<Cid> needs)
            {
                hope.Lost.Add(cid);
                leaning.GetValueOrDefault(cid)?.ForEach(work.Enqueue);
                continue;
            }

            foreach (Cid need in needs)
            {
                if (!leaning.TryGetValue(need, out List<Cid>? on))
                {
                    leaning.Add(need, on = []);
                }

                on.Add(cid);
            }
        }
    }

    // What the first voucher that may come needs of the others, or null. A doubtful event that has hope vouches for the one before it.
    private IReadOnlyCollection<Cid>? Support(Hope hope, Doubt doubt, Dictionary<Cid, int> next, Func<PoolEntry, IReadOnlyCollection<Cid>?> needsOf)
    {
        Cid cid = doubt.Entry.Held.Cid;
        foreach (Cid one in hope.Above[cid])
        {
            if (!hope.Lost.Contains(one) && doubt.Entry.IsVouchedBy(_doubts[one].Entry))
            {
                return [one];
            }
        }

        for (int i = next.GetValueOrDefault(cid); i < doubt.Vouchers.Count; i++)
        {
            if (needsOf(doubt.Vouchers[i]) is IReadOnlyCollection<Cid> needs)
            {
                next[cid] = i;
                return needs;
            }
        }

        next[cid] = doubt.Vouchers.Count;
        return null;
    }

    // What is known without a walk: null when what was lacking is lacking still.
    private Cid[]? ByMemo(PoolEntry voucher, HashSet<Cid> hopeless) => !_lacking.TryGet(voucher.Held.Cid, out Cid lacked) ? []
        : IsNowhere(lacked) || hopeless.Contains(lacked) ? null
        : _doubts.ContainsKey(lacked) ? [lacked] : [];

    // The doubtful events that a voucher needs, itself or what it waits for; null when a link is held nowhere. Iterative; each event is looked at once.
    private HashSet<Cid>? Walk(PoolEntry voucher, HashSet<Cid> hopeless, Predicate<Cid> isOut)
    {
        HashSet<Cid> needs = [];
        Stack<PoolEntry> work = new([voucher]);
        HashSet<Cid> seen = [voucher.Held.Cid];
        while (work.TryPop(out PoolEntry? entry))
        {
            Walked++;
            if (isOut(entry.Held.Cid))
            {
                return null;
            }

            for (int i = entry.Skip; i < EventGraph.LinkCount(entry.Held); i++)
            {
                Cid link = EventGraph.LinkAt(entry.Held, i);
                if (IsNowhere(link) || hopeless.Contains(link))
                {
                    _lacking.Set(voucher.Held.Cid, link);
                    return null;
                }

                if (_doubts.ContainsKey(link))
                {
                    needs.Add(link);
                }
                else if (graph.Find(link) is null && seen.Add(link))
                {
                    work.Push(HeldAs(link)!);
                }
            }
        }

        return needs;
    }

    private bool IsNowhere(Cid link) => graph.Find(link) is null && HeldAs(link) is null;

    // The table is made when it is needed: it never is where all is well, and a step may be a whole history.
    private PoolEntry? HeldAs(Cid cid) => pool.Find(cid)
        ?? (_given ??= _entries.ToDictionary(static entry => entry.Held.Cid)).GetValueOrDefault(cid);

    private sealed record Doubt(PoolEntry Entry, List<PoolEntry> Vouchers);

    // Doubtful events by the one that each names as its previous one; those given up.
    private sealed record Hope(ILookup<Cid, Cid> Above, HashSet<Cid> Lost);
}
