using P2P.Core.Multiformats;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>
/// Events of one step whose own signature is known to be bad and that nothing vouches for yet. Whoever waits for one of them is woken only when a voucher
/// has come in, or one that waits may still come: else the same small block, sent again and again, walks the whole waiting room in and out each time.
/// </summary>
internal sealed class DoubtfulEvents(EventGraph graph, OrphanPool pool, Authenticity authenticity)
{
    private readonly Dictionary<Cid, Doubt> _doubts = [];
    private readonly Dictionary<Cid, PoolEntry> _given = [];

    /// <summary>Forgets all: a step begins.</summary>
    public void Clear()
    {
        _doubts.Clear();
        _given.Clear();
    }

    /// <summary>The event came with this step: it is not lacking.</summary>
    public void Given(PoolEntry entry) => _given.TryAdd(entry.Held.Cid, entry);

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
        foreach (PoolEntry entry in _doubts.Values.Where(doubt => doubt.Vouchers.Exists(voucher => !IsLacking(voucher, isOut))).Select(static d => d.Entry).ToList())
        {
            if (_doubts.Remove(entry.Held.Cid))
            {
                taken.Add(entry.Held.Cid);
                taken.AddRange(TakeVouchedBy(entry));
            }
        }

        return taken;
    }

    // Whether a link of the event, or of what it waits for, is held nowhere. Iterative; each event is looked at once, and what was lacking is looked for first.
    private bool IsLacking(PoolEntry voucher, Predicate<Cid> isOut)
    {
        if (!voucher.Lacks.IsNone && IsNowhere(voucher.Lacks))
        {
            return true;
        }

        Stack<PoolEntry> work = new([voucher]);
        HashSet<Cid> seen = [voucher.Held.Cid];
        while (work.TryPop(out PoolEntry? entry))
        {
            if (isOut(entry.Held.Cid))
            {
                return true;
            }

            for (int i = entry.Skip; i < EventGraph.LinkCount(entry.Held); i++)
            {
                Cid link = EventGraph.LinkAt(entry.Held, i);
                if (IsNowhere(link))
                {
                    voucher.Lacks = link;
                    return true;
                }

                if (graph.Find(link) is null && seen.Add(link))
                {
                    work.Push(HeldAs(link)!);
                }
            }
        }

        return false;
    }

    private bool IsNowhere(Cid link) => graph.Find(link) is null && HeldAs(link) is null;

    private PoolEntry? HeldAs(Cid cid) => pool.Find(cid) ?? _given.GetValueOrDefault(cid);

    private sealed record Doubt(PoolEntry Entry, List<PoolEntry> Vouchers);
}
