using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Badly signed events that can only come in together: what vouches for one may stand on another that is vouched for by what stands on the first. Finds the
/// greatest set of held events each of which has its links in the document or in the set, and is signed well or named by one of its author that is in the
/// set. Whether such a set exists hangs on what is held, not on the order in which it came.
/// </summary>
/// <remarks>
/// Spec: replica, section 3, consequence 2. Costs at most a walk through what the seeds need of the waiting room; one that was in vain is not made again
/// before what was lacking is there.
/// </remarks>
internal sealed class JointEvents(DocumentState state, OrphanPool pool, Authenticity authenticity)
{
    private const int LackingMax = 4_096;
    private const int KeptMax = 1_024;
    private const long KeptBytesMax = 1L << 20;

    // By voucher: what it cannot do without, directly or not, and what was not to be had when last looked.
    private readonly BoundedMemo<Cid, Cid> _lacking = new(LackingMax);

    // Badly signed events whose voucher waits: not in the waiting room, as they are asked for again, but needed when another one comes.
    private readonly Dictionary<Cid, PoolEntry> _kept = [];
    private readonly Dictionary<Cid, List<PoolEntry>> _keptByPrevious = [];
    private readonly Queue<PoolEntry> _keptOrder = [];
    private readonly Dictionary<Cid, Joint> _joints = [];
    private readonly Queue<Joint> _lost = [];
    private IEnumerable<PoolEntry> _given = [];
    private Dictionary<Cid, PoolEntry>? _givenByCid;
    private ILookup<Cid, PoolEntry>? _namers;
    private Predicate<Cid> _isRefused = static _ => false;
    private long _keptBytes;
    private int _badLeft;

    /// <summary>Events looked at so far; tests count the work by it.</summary>
    public long Looks { get; private set; }

    /// <summary>A step begins.</summary>
    /// <param name="given">What came with it.</param>
    public void Begin(IEnumerable<PoolEntry> given)
    {
        _given = given;
        _givenByCid = null;
        _namers = null;
    }

    /// <summary>The step is over.</summary>
    public void End() => Begin([]);

    /// <summary>Remembers an event that was left out if something that waits, or is remembered, vouches for it.</summary>
    public void KeepIfVouched(PoolEntry entry)
    {
        bool isVouched = authenticity.IsVouched(entry.Held) || _keptByPrevious.GetValueOrDefault(entry.Held.Cid)?.Exists(entry.IsVouchedBy) == true;
        if (!isVouched || entry.Held.Bytes.Length > KeptBytesMax || !_kept.TryAdd(entry.Held.Cid, entry))
        {
            return;
        }

        _keptOrder.Enqueue(entry);
        _keptBytes += entry.Held.Bytes.Length;
        if (!_keptByPrevious.TryGetValue(entry.Held.Previous, out List<PoolEntry>? siblings))
        {
            _keptByPrevious.Add(entry.Held.Previous, siblings = []);
        }

        siblings.Add(entry);
        while (_kept.Count > KeptMax || _keptBytes > KeptBytesMax)
        {
            Forget(_keptOrder.Dequeue());
        }
    }

    private void Forget(PoolEntry oldest)
    {
        _kept.Remove(oldest.Held.Cid);
        _keptBytes -= oldest.Held.Bytes.Length;
        List<PoolEntry> siblings = _keptByPrevious[oldest.Held.Previous];
        siblings.Remove(oldest);
        if (siblings.Count == 0)
        {
            _keptByPrevious.Remove(oldest.Held.Previous);
        }
    }

    /// <summary>What has to come in for one or more of the seeds to come in, in causal order; nothing when none can.</summary>
    /// <param name="seeds">Left out for want of a voucher.</param>
    /// <param name="isRefused">Whether an event is refused for ever.</param>
    /// <param name="badMax">Bad signatures that may be found.</param>
    public List<PoolEntry> Find(IReadOnlyList<PoolEntry> seeds, Predicate<Cid> isRefused, int badMax)
    {
        _isRefused = isRefused;
        _badLeft = badMax;
        List<PoolEntry> left = Survivors(seeds, byMemo: true);
        left = left.Count == 0 ? left : Survivors(left, byMemo: false);
        List<PoolEntry> found = Needed(left);
        _joints.Clear();
        return found;
    }

    /// <summary>Puts events into the graph that only come in together: all, or none when one is refused.</summary>
    /// <param name="together">In causal order.</param>
    /// <param name="refused">Gains those that are refused for ever.</param>
    /// <returns>How many were put there, those included that were taken out again.</returns>
    public int Push(List<PoolEntry> together, List<(PoolEntry Entry, InvalidReason Reason)> refused)
    {
        int pushed = 0;
        foreach (PoolEntry entry in together)
        {
            int skip = entry.Skip;
            if (!state.Graph.FirstMissing(entry.Held, ref skip).IsNone)
            {
                continue; // stands on one that was refused
            }

            AdmitResult result = state.Push(entry.Held, mayShelve: false);
            if (result.Kind == AdmitKind.Refused)
            {
                refused.Add((entry, result.Reason));
                continue;
            }

            result.Node!.IsSigned = entry.IsSigned;
            pushed++;
        }

        for (int i = 0; i < pushed && refused.Count > 0; i++)
        {
            state.Pop();
        }

        return pushed;
    }

    private List<PoolEntry> Survivors(IReadOnlyList<PoolEntry> seeds, bool byMemo)
    {
        _joints.Clear();
        Stack<Joint> open = [];
        foreach (PoolEntry seed in seeds)
        {
            Open(seed, open);
        }

        while (open.TryPop(out Joint? joint))
        {
            Looks++;
            LookAtLinks(joint, byMemo, open);
            if (joint.Lacks.IsNone && !joint.Entry.IsSigned)
            {
                LookAtVouchers(joint, open);
            }
        }

        // Only now: who is not vouched for by what was looked at is vouched for by nothing.
        foreach (Joint joint in _joints.Values)
        {
            Test(joint);
        }

        while (_lost.TryDequeue(out Joint? lost))
        {
            foreach (Joint other in lost.NeededBy)
            {
                Lose(other, lost.Lacks);
            }

            if (lost.VouchesFor is Joint named)
            {
                named.Hopes--;
                Test(named);
            }
        }

        return [.. seeds.Where(seed => _joints[seed.Held.Cid].Lacks.IsNone)];
    }

    private Joint Open(PoolEntry entry, Stack<Joint> open)
    {
        if (!_joints.TryGetValue(entry.Held.Cid, out Joint? joint))
        {
            _joints.Add(entry.Held.Cid, joint = new Joint(entry));
            open.Push(joint);
        }

        return joint;
    }

    private void LookAtLinks(Joint joint, bool byMemo, Stack<Joint> open)
    {
        if (byMemo)
        {
            if (_lacking.TryGet(joint.Entry.Held.Cid, out Cid lacked))
            {
                Need(joint, lacked, open);
            }

            return;
        }

        for (int i = joint.Entry.Skip; i < EventGraph.LinkCount(joint.Entry.Held) && joint.Lacks.IsNone; i++)
        {
            Need(joint, EventGraph.LinkAt(joint.Entry.Held, i), open);
        }
    }

    private void Need(Joint joint, Cid link, Stack<Joint> open)
    {
        if (state.Graph.Find(link) is not null)
        {
            return;
        }

        if (_isRefused(link) || HeldAs(link) is not PoolEntry held)
        {
            Lose(joint, link);
            return;
        }

        Open(held, open).NeededBy.Add(joint);
    }

    private void LookAtVouchers(Joint joint, Stack<Joint> open)
    {
        Cid cid = joint.Entry.Held.Cid;
        _namers ??= _given.ToLookup(static entry => entry.Held.Previous);
        foreach (PoolEntry voucher in _namers[cid].Concat(pool.WaitersOf(cid)).Concat(_keptByPrevious.GetValueOrDefault(cid) ?? []))
        {
            Looks++;
            if (joint.Entry.IsVouchedBy(voucher) && !_isRefused(voucher.Held.Cid) && Open(voucher, open) is { VouchesFor: null } other)
            {
                other.VouchesFor = joint;
                joint.Vouchers.Add(other);
                joint.Hopes++;
            }
        }
    }

    // Whether it is signed well is looked at when nothing else vouches.
    private void Test(Joint joint)
    {
        if (!joint.Lacks.IsNone || joint.Entry.IsSigned || joint.Hopes > 0)
        {
            return;
        }

        if (!authenticity.IsKnownBad(joint.Entry.Held) && _badLeft > 0)
        {
            joint.Entry.IsSigned = authenticity.Verify(joint.Entry.Held);
            _badLeft -= joint.Entry.IsSigned ? 0 : 1;
        }

        if (!joint.Entry.IsSigned)
        {
            Lose(joint, joint.Entry.Held.Cid);
        }
    }

    private void Lose(Joint joint, Cid lacking)
    {
        if (!joint.Lacks.IsNone)
        {
            return;
        }

        joint.Lacks = lacking;
        _lost.Enqueue(joint);
        if (joint.VouchesFor is not null && lacking != joint.Entry.Held.Cid)
        {
            _lacking.Set(joint.Entry.Held.Cid, lacking);
        }
    }

    // One voucher is enough: the others come in by themselves, or are tail events that nobody needs. Links before what stands on them, whatever height it claims.
    private List<PoolEntry> Needed(List<PoolEntry> seeds)
    {
        List<PoolEntry> needed = [];
        HashSet<Cid> seen = [];
        Queue<Joint> roots = new(seeds.Select(seed => _joints[seed.Held.Cid]));
        Stack<(Joint Joint, int Link)> open = [];
        while (roots.TryDequeue(out Joint? root))
        {
            Enter(root);
            while (open.TryPop(out (Joint Joint, int Link) at))
            {
                if (at.Link == EventGraph.LinkCount(at.Joint.Entry.Held))
                {
                    needed.Add(at.Joint.Entry);
                    continue;
                }

                open.Push((at.Joint, at.Link + 1));
                if (_joints.TryGetValue(EventGraph.LinkAt(at.Joint.Entry.Held, at.Link), out Joint? link))
                {
                    Enter(link);
                }
            }
        }

        return needed;

        void Enter(Joint joint)
        {
            if (seen.Add(joint.Entry.Held.Cid))
            {
                open.Push((joint, joint.Entry.Skip));
                if (!joint.Entry.IsSigned)
                {
                    roots.Enqueue(joint.Vouchers.Find(static voucher => voucher.Lacks.IsNone)!);
                }
            }
        }
    }

    private PoolEntry? HeldAs(Cid cid) => pool.Find(cid)
        ?? (_givenByCid ??= _given.ToDictionary(static entry => entry.Held.Cid)).GetValueOrDefault(cid)
        ?? _kept.GetValueOrDefault(cid);

    private sealed class Joint(PoolEntry entry)
    {
        public PoolEntry Entry { get; } = entry;

        /// <summary>What it cannot do without and is not to be had; itself when nothing vouches for it; none while it has hope.</summary>
        public Cid Lacks { get; set; }

        public List<Joint> NeededBy { get; } = [];

        public List<Joint> Vouchers { get; } = [];

        /// <summary>Vouchers that are not lost.</summary>
        public int Hopes { get; set; }

        /// <summary>The one before it, if that is looked at for want of a voucher.</summary>
        public Joint? VouchesFor { get; set; }
    }
}
