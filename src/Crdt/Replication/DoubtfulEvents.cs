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

    // By voucher: a link, its own or of what it waits for, that was held nowhere when last looked.
    private readonly BoundedMemo<Cid, Cid> _lacking = new(LackingMax);
    private IEnumerable<PoolEntry> _entries = [];
    private Dictionary<Cid, PoolEntry>? _given;

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
        if (_lacking.TryGet(voucher.Held.Cid, out Cid lacked) && IsNowhere(lacked))
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
                    _lacking.Set(voucher.Held.Cid, link);
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

    // The table is made when it is needed: it never is where all is well, and a step may be a whole history.
    private PoolEntry? HeldAs(Cid cid) => pool.Find(cid)
        ?? (_given ??= _entries.ToDictionary(static entry => entry.Held.Cid)).GetValueOrDefault(cid);

    private sealed record Doubt(PoolEntry Entry, List<PoolEntry> Vouchers);
}
