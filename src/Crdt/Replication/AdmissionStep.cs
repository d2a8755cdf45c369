using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Steps 7 to 11 for a group of events that are admitted in one step, with what waits for them: all or, of those that are not authentic without each
/// other, none. An event whose own signature was not found good stays in only if a valid event of its author that names it comes in with it: then
/// whoever holds the one holds the other, serves both and finds the same verdict, in every order and after every restart.
/// </summary>
/// <remarks>Spec: replica, sections 3 and 4. Signatures are looked at when nothing else vouches: one per author and branch where all is well.</remarks>
internal sealed class AdmissionStep(DocumentState state, Authenticity authenticity, OrphanPool pool, BoundedMemo<Cid, InvalidReason> invalid)
{
    private const int RoundsMax = 16;

    private readonly Queue<PoolEntry> _work = [];
    private readonly List<PoolEntry> _admitted = [];
    private readonly List<PoolEntry> _refused = [];
    private readonly Dictionary<Cid, InvalidReason> _reasons = [];
    private readonly Dictionary<Cid, List<PoolEntry>> _waiting = [];
    private readonly Dictionary<Cid, PoolEntry> _shelved = [];
    private readonly Dictionary<Cid, PoolEntry> _unvouched = [];
    private readonly DoubtfulEvents _doubtful = new(state.Graph, pool, authenticity);
    private readonly JointEvents _joint = new(state, pool, authenticity);
    private readonly StepVouchers _vouchers = new();
    private long _pass;
    private long _before;
    private bool _mayShelve;
    private int _badMax;
    private bool _takesSignedOnly;

    /// <summary>Events in the graph now, in causal order; to be settled in this order by the caller.</summary>
    public IReadOnlyList<PoolEntry> Admitted => _admitted;

    /// <summary>Events refused for ever.</summary>
    public IReadOnlyList<PoolEntry> Refused => _refused;

    /// <summary>Events put into the graph so far, those included that were taken out again; tests count the work by it.</summary>
    public long Pushes { get; private set; }

    /// <summary>Events looked at so far in search of what vouches for those that may have to leave; tests count the work by it.</summary>
    public long Looks => _vouchers.Looks + _joint.Looks;

    /// <summary>Waiting events looked at so far in search of what a voucher lacks.</summary>
    public long Walked => _doubtful.Walked;

    /// <summary>Why an event was refused; None when it was not.</summary>
    public InvalidReason ReasonFor(Cid cid) => _reasons.GetValueOrDefault(cid);

    /// <summary>Whether nothing valid vouches for an event whose own signature is bad.</summary>
    public bool IsUnvouched(Cid cid) => _unvouched.ContainsKey(cid);

    /// <summary>Whether an event would be admitted if somebody cited it.</summary>
    public bool IsShelved(Cid cid) => _shelved.ContainsKey(cid);

    /// <summary>Whether an event demands what it cites: an event that would be a tail event itself does not, unless somebody demands it.</summary>
    public bool IsDemanding(PoolEntry entry) => entry.IsDemanded
        || !(state.Graph.FindAuthor(EventGraph.KeyOf(entry.Held.Author.Span)) is AuthorEntry author
            && entry.Held.Sequence >= author.OpenForkSequence);

    /// <summary>Judges events, oldest first, and puts the valid ones into the graph.</summary>
    /// <param name="entries">Walked more than once. Known to be authentic, or vouched for by one of these or of the waiting ones.</param>
    /// <param name="mayShelve">Whether uncited tail events are left outside.</param>
    /// <param name="areOurs">Whether they come from our own store: nobody plays with us, so no number of bad signatures keeps the rest out.</param>
    public void Run(IEnumerable<PoolEntry> entries, bool mayShelve, bool areOurs = false)
    {
        _mayShelve = mayShelve;
        _badMax = areOurs ? int.MaxValue : Authenticity.PackBadSignaturesMax;
        _takesSignedOnly = false;
        _pass++;
        _admitted.Clear();
        _before = state.Graph.ByArrival.Count;
        _refused.Clear();
        _reasons.Clear();
        _waiting.Clear();
        _shelved.Clear();
        _unvouched.Clear();
        _doubtful.Begin(entries);
        _joint.Begin(entries);
        int joins = 0;
        foreach (PoolEntry entry in entries)
        {
            _work.Enqueue(entry);
        }

        for (int round = 1; round == 1 || TakeBack(round) || (joins++ < RoundsMax && Join()); round++)
        {
            while (_work.TryDequeue(out PoolEntry? entry))
            {
                Try(entry);
                if (_work.Count == 0)
                {
                    _doubtful.TakeHopeful(IsOut).ForEach(WakeOthers);
                }
            }
        }

        _doubtful.End();
        _joint.End();
    }

    /// <summary>Remembers what was left out although something that waits vouches for it: another that comes may need it. After all others have their place.</summary>
    public void KeepLeftOut()
    {
        foreach (PoolEntry entry in _unvouched.Values.OrderByDescending(static entry => entry.Held.Sequence))
        {
            _joint.KeepIfVouched(entry);
        }
    }

    // What was left out for want of a voucher may come in together with others of which the same holds, and what waits or lies on the shelf between them.
    private bool Join()
    {
        if (_unvouched.Count == 0)
        {
            return false;
        }

        List<PoolEntry> together = _joint.Find(
            [.. _unvouched.Values], cid => _reasons.ContainsKey(cid) || invalid.TryGet(cid, out _), Math.Max(0, _badMax - _unvouched.Count));
        List<(PoolEntry Entry, InvalidReason Reason)> refused = [];
        Pushes += _joint.Push(together, refused);
        refused.ForEach(one => Refuse(one.Entry, one.Reason));
        if (refused.Count == 0)
        {
            _admitted.AddRange(together);
            together.ForEach(TakeIn);
        }

        return together.Count > 0;
    }

    private void TakeIn(PoolEntry entry)
    {
        entry.IsDemanded = true;
        _unvouched.Remove(entry.Held.Cid);
        _shelved.Remove(entry.Held.Cid);
        WakeOthers(entry.Held.Cid);
    }

    private bool IsOut(Cid cid) => _unvouched.ContainsKey(cid) || _reasons.ContainsKey(cid);

    private void Try(PoolEntry entry)
    {
        Cid cid = entry.Held.Cid;
        if (state.Graph.Find(cid) is not null || IsOut(cid))
        {
            return; // done already
        }

        if (_takesSignedOnly && !entry.IsSigned)
        {
            _unvouched.Add(cid, entry);
            return;
        }

        // Where the scan stopped in this step, as long as nothing was taken back: a thousand links that come one by one are walked once.
        int skip = entry.StepSkip.Pass == _pass ? entry.StepSkip.Skip : entry.Skip;
        Cid missing = state.Graph.FirstMissing(entry.Held, ref skip);
        entry.StepSkip = (_pass, skip);
        missing = missing.IsNone ? _doubtful.OtherNeed(entry) : missing;
        if (!missing.IsNone)
        {
            Wait(entry, missing);
            return;
        }

        entry.IsDemanded |= IsDemanded(cid);
        bool isShelvable = _mayShelve && !entry.IsDemanded;
        AdmitResult result = state.Push(entry.Held, isShelvable);
        if (result.Kind == AdmitKind.Shelved && IsNeededVoucher(entry))
        {
            entry.IsDemanded = true;
            result = state.Push(entry.Held, mayShelve: false);
        }

        switch (result.Kind)
        {
            case AdmitKind.Refused:
                Refuse(entry, result.Reason);
                return;
            case AdmitKind.Shelved:
                _shelved[cid] = entry;
                return;
            default:
                result.Node!.IsSigned = entry.IsSigned;
                _shelved.Remove(cid);
                _admitted.Add(entry);
                Pushes++;
                Wake(entry);
                return;
        }
    }

    private void Wait(PoolEntry entry, Cid missing)
    {
        if (_reasons.ContainsKey(missing) || invalid.TryGet(missing, out _))
        {
            Refuse(entry, InvalidReason.Ancestor);
            return;
        }

        if (!_waiting.TryGetValue(missing, out List<PoolEntry>? waiting))
        {
            _waiting.Add(missing, waiting = []);
        }

        waiting.Add(entry);
        _doubtful.NoteVoucher(entry);
        if (IsNeededVoucher(entry))
        {
            entry.IsDemanded = true;
            Demand(missing);
        }
        else if (_shelved.TryGetValue(missing, out PoolEntry? shelved) && !shelved.IsDemanded && IsDemanding(entry))
        {
            shelved.IsDemanded = true;
            _work.Enqueue(shelved);
        }
    }

    // What a voucher needs comes off the shelf: it was applied where it was seen in time, and is exchanged with what stands on it.
    private void Demand(Cid missing)
    {
        PoolEntry? wanted = _shelved.GetValueOrDefault(missing) ?? pool.Find(missing);
        while (wanted is not null && !wanted.IsDemanded)
        {
            wanted.IsDemanded = true;
            if (wanted.IsShelved || _shelved.ContainsKey(wanted.Held.Cid))
            {
                _work.Enqueue(wanted);
                return;
            }

            wanted = pool.Find(wanted.Missing);
        }
    }

    private void Wake(PoolEntry entry)
    {
        Cid cid = entry.Held.Cid;
        if (!_doubtful.TryAdd(entry))
        {
            WakeOthers(cid);
            _doubtful.TakeVouchedBy(entry).ForEach(WakeOthers);
            return;
        }

        // Only what may vouch for it: whoever sends it again and again must not buy a walk through the whole room each time.
        if (_waiting.TryGetValue(cid, out List<PoolEntry>? waiting))
        {
            waiting.Where(entry.IsVouchedBy).ToList().ForEach(_work.Enqueue);
            waiting.RemoveAll(entry.IsVouchedBy);
        }

        foreach (PoolEntry held in pool.WaitersOf(cid).Where(entry.IsVouchedBy))
        {
            _work.Enqueue(held);
        }
    }

    private void WakeOthers(Cid cid)
    {
        if (_waiting.Remove(cid, out List<PoolEntry>? waiting))
        {
            waiting.ForEach(_work.Enqueue);
        }

        pool.WaitersOf(cid).ToList().ForEach(_work.Enqueue);
    }

    private bool IsDemanded(Cid cid) => pool.WaitersOf(cid).Any(IsDemanding)
        || (_waiting.TryGetValue(cid, out List<PoolEntry>? waiting) && waiting.Exists(IsDemanding));

    // A verdict of steps 8 to 11 is a function of the event and its past: it holds whatever becomes of the rest.
    private void Refuse(PoolEntry entry, InvalidReason reason)
    {
        Cid cid = entry.Held.Cid;
        invalid.Set(cid, reason);
        _unvouched.Remove(cid); // refused for ever is no seed of another attempt
        _reasons.Add(cid, reason);
        _refused.Add(entry);
        if (_waiting.Remove(cid, out List<PoolEntry>? waiting))
        {
            waiting.ForEach(_work.Enqueue);
        }
    }

    // Whether only this event can vouch for the one before it, which came in with this step.
    private bool IsNeededVoucher(PoolEntry entry)
    {
        if (entry.Held.Previous.IsNone || state.Graph.Find(entry.Held.Previous) is not EventNode { IsSigned: false } node
            || !ReferenceEquals(node.Chain.Tip, node) || !node.Author.Protobuf.Span.SequenceEqual(entry.Held.Author.Span))
        {
            return false;
        }

        return node.Arrival >= _before && !IsSignedWell(_admitted[(int)(node.Arrival - _before)], node);
    }

    private bool IsSignedWell(PoolEntry entry, EventNode node) => node.IsSigned = entry.IsSigned = entry.IsSigned || authenticity.Verify(entry.Held);

    // The newest event of a branch has nobody who vouches for it. If its own signature is bad it leaves, with those that it alone vouched for,
    // and all that came after it is tried again.
    private bool TakeBack(int round)
    {
        int first = -1;
        bool hasMore = false;
        _vouchers.Begin(_admitted.Concat(_shelved.Values));
        for (int i = _admitted.Count - 1; i >= 0 && _unvouched.Count < _badMax; i--)
        {
            EventNode node = state.Graph.Find(_admitted[i].Held.Cid)!;
            if (!node.IsSigned && IsAlone(_admitted[i], node) && !IsSignedWell(_admitted[i], node))
            {
                if (DemandVouchers(_admitted[i]))
                {
                    hasMore = true;
                    continue;
                }

                _unvouched.Add(node.Cid, _admitted[i]);
                first = i;
            }
        }

        if ((first >= 0 || hasMore) && _badMax < int.MaxValue && (round >= RoundsMax || _unvouched.Count >= _badMax))
        {
            _takesSignedOnly = true; // somebody plays with us: what is signed well itself comes in, the rest may come again
            first = 0;
        }

        if (first < 0 && !hasMore)
        {
            return false;
        }

        first = first < 0 ? _admitted.Count : first;
        for (int i = first; i < _admitted.Count; i++)
        {
            state.Pop();
            _doubtful.Remove(_admitted[i]);
            _work.Enqueue(_admitted[i]);
        }

        _admitted.RemoveRange(first, _admitted.Count - first);
        _pass++; // links that were there may be there no more

        // What was a tail event may be none without the branch that leaves.
        foreach (PoolEntry shelved in _shelved.Values)
        {
            _work.Enqueue(shelved);
        }

        _shelved.Clear();
        return true;
    }

    // Another event vouched for it when these came, so they were left on the shelf; that one leaves, and they are needed after all.
    private bool DemandVouchers(PoolEntry entry)
    {
        bool any = false;
        foreach (PoolEntry shelved in _vouchers.Of(entry))
        {
            if (!shelved.IsDemanded && _shelved.ContainsKey(shelved.Held.Cid))
            {
                shelved.IsDemanded = true;
                any = true;
            }
        }

        return any;
    }

    // Nobody names it, or only those do who leave: then the events of the step that name it are looked at.
    private bool IsAlone(PoolEntry entry, EventNode node)
    {
        if (ReferenceEquals(node.Chain.Tip, node))
        {
            return true;
        }

        if (_unvouched.Count == 0 || !_unvouched.ContainsKey(node.Chain[node.Sequence + 1].Cid))
        {
            return false;
        }

        foreach (PoolEntry other in _vouchers.Of(entry))
        {
            if (state.Graph.Find(other.Held.Cid) is not null && !_unvouched.ContainsKey(other.Held.Cid))
            {
                return false;
            }
        }

        return true;
    }
}
