using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Runs blocks through the steps of admission, with the waiting room between steps 7 and 8. Iterative throughout.</summary>
/// <remarks>Spec: replica, sections 3 to 5.</remarks>
internal sealed class AdmissionQueue
{
    private readonly ReplicaOptions _options;
    private readonly DocumentState _state;
    private readonly BoundedMemo<Cid, InvalidReason> _invalid;
    private readonly Authenticity _authenticity;
    private readonly AdmissionStep _step;
    private readonly BlockReader _reader;
    private readonly Queue<PoolEntry> _ready = [];
    private readonly List<PoolEntry> _evicted = [];

    public AdmissionQueue(ReplicaOptions options, DocumentState state)
    {
        _options = options;
        _state = state;
        _invalid = new BoundedMemo<Cid, InvalidReason>(options.VerdictMemoMax);
        _authenticity = new Authenticity(state.Graph, options.VerdictMemoMax, options.PreparedKeysMax);
        Senders = new SenderLedger(options);
        Deliveries = new DeliveryLedger(options);
        Pool = new OrphanPool(options);
        Missing = new MissingLinks(options);
        _step = new AdmissionStep(state, _authenticity, Pool, _invalid);
        _reader = new BlockReader(options, state, Pool, _invalid);
    }

    public OrphanPool Pool { get; }

    public MissingLinks Missing { get; }

    public SenderLedger Senders { get; }

    public DeliveryLedger Deliveries { get; }

    public long Verifications => _authenticity.Verifications;

    /// <summary>Events put into the graph so far, those taken out again included.</summary>
    public long Pushes => _step.Pushes;

    /// <summary>Events looked at so far in search of what vouches for those that may have to leave, and of what waiting ones lack.</summary>
    public (long Vouching, long Lacking) Looked => (_step.Looks, _step.Walked);

    /// <summary>Whether the event's own signature is good.</summary>
    public bool Verify(Event candidate) => _authenticity.Verify(candidate);

    /// <summary>Events not looked at because their author has used up his share of the store.</summary>
    public long ShareRefusals { get; private set; }

    /// <summary>While the log of the store is replayed: what was applied once is applied again, shelf or not.</summary>
    public bool IsReplaying { get; set; }

    /// <summary>Decodes blocks that will be received and says which signatures that will ask for.</summary>
    /// <param name="input">The blocks.</param>
    /// <param name="checks">Gains the checks.</param>
    /// <param name="now">The time: nothing is planned for a peer that is not listened to.</param>
    /// <returns>The same, decoded where that succeeded.</returns>
    public BlocksInput Plan(BlocksInput input, SignatureBatch checks, TimeSpan now)
    {
        if (Senders.IsIgnored(input.Peer, now))
        {
            return input;
        }

        int count = input.Blocks.Count;
        IncomingBlock[] blocks = new IncomingBlock[count];
        Event?[] events = new Event?[count];
        EventVerdict[] early = new EventVerdict[count];
        for (int i = 0; i < count; i++)
        {
            early[i] = _reader.Read(input.Blocks[i], input.Source, out events[i]);
            blocks[i] = input.Blocks[i] with { Decoded = events[i] };
        }

        _authenticity.Plan(input, events, early, checks);
        return input with { Blocks = blocks };
    }

    /// <summary>Takes the outcome of planned checks.</summary>
    public void TakeAhead(SignatureBatch checks) => _authenticity.TakeAhead(checks);

    /// <summary>Admits blocks, oldest first; one verdict each.</summary>
    /// <returns>Those of the blocks themselves that were applied, without what they woke.</returns>
    public List<Cid> Receive(BlocksInput input, TimeSpan now, StagedBatch staged, List<EventVerdict> verdicts)
    {
        int count = input.Blocks.Count;
        if (Senders.IsIgnored(input.Peer, now))
        {
            verdicts.AddRange(Enumerable.Repeat(EventVerdict.Busy(BusyReason.Sender), count));
            Deliveries.Note(input, verdicts);
            return [];
        }

        int before = staged.Applied.Count;
        Event?[] events = new Event?[count];
        EventVerdict[] early = new EventVerdict[count];
        for (int i = 0; i < count; i++)
        {
            early[i] = _reader.Read(input.Blocks[i], input.Source, out events[i]);
        }

        PoolEntry?[] entries = Sign(input, events, early, now);
        _step.Run(entries.OfType<PoolEntry>(), mayShelve: !IsReplaying, input.Source == EventSource.Store);
        Settle(staged);
        for (int i = 0; i < count; i++)
        {
            early[i] = entries[i] is PoolEntry entry ? Conclude(entry, now, staged) : early[i];
        }

        foreach (PoolEntry waiting in entries.OfType<PoolEntry>())
        {
            DemandIfWanted(waiting);
        }

        _step.KeepLeftOut();

        for (int i = 0; i < count; i++)
        {
            // Not valid yet, but it may become so with what waits for it: asked for, it comes again.
            bool mayCome = early[i].Reason == InvalidReason.Signature && _authenticity.IsVouched(events[i]!);
            EventVerdict verdict = mayCome ? EventVerdict.Busy(BusyReason.Signatures) : early[i];
            verdicts.Add(verdict);
            ShareRefusals += verdict.Limit == BusyReason.AuthorShare ? 1 : 0;
            if (input.IsAtFault(i, verdict))
            {
                Senders.Charge(input.Peer, now);
            }

            if (verdict.Kind == EventVerdictKind.Invalid && events[i] is null)
            {
                FailWaiters(input.Blocks[i], verdict.Reason);
            }
        }

        Drain(now, staged, input.Source == EventSource.Store);
        staged.NotePositions(input.Peer, _options.Genesis.Cid, before);
        Deliveries.Note(input, verdicts);
        return [.. events.Where((_, i) => early[i].Kind == EventVerdictKind.Accepted).Select(static e => e!.Cid)];
    }

    // Step 6: entries for those that go on.
    private PoolEntry?[] Sign(BlocksInput input, Event?[] events, EventVerdict[] early, TimeSpan now)
    {
        bool[] signed = _authenticity.Judge(input, events, early);
        PoolEntry?[] entries = new PoolEntry?[early.Length];
        HashSet<Cid>? seen = early.Length > 1 ? [] : null;
        for (int i = 0; i < early.Length; i++)
        {
            if (early[i].Kind == EventVerdictKind.None)
            {
                bool isNew = seen?.Add(events[i]!.Cid) ?? true;
                early[i] = isNew ? default : EventVerdict.Duplicate; // the same block twice in one pack
                entries[i] = isNew ? new PoolEntry(events[i]!, input.Peer, input.Source, now) { IsSigned = signed[i] } : null;
            }
        }

        return entries;
    }

    // What the step has admitted takes effect, in order; what it has refused wakes who waits for it.
    private void Settle(StagedBatch staged)
    {
        foreach (PoolEntry entry in _step.Admitted)
        {
            bool foundFork = _state.Settle(staged.Changes);
            EventNode node = _state.Graph.Find(entry.Held.Cid)!;
            staged.Applied.Add((node, entry.Held, entry.Source));
            if (Pool.Find(node.Cid) == entry)
            {
                staged.Late.Add(EventVerdict.Accepted);
                LeavePool(entry, staged);
            }

            staged.Unhold(node.Cid);
            staged.Dropped.Remove(node.Cid);
            Missing.Resolve(node.Cid);
            if (foundFork)
            {
                (EventNode first, EventNode second) = node.Author.Proof!.Value;
                staged.Forks.Add(new ForkInfo(node.Author.Protobuf, node.Author.ForkSequence, first.Cid, second.Cid));
            }

            Wake(node.Cid);
        }

        foreach (PoolEntry entry in _step.Refused)
        {
            if (Pool.Find(entry.Held.Cid) == entry)
            {
                staged.Late.Add(EventVerdict.Invalid(_step.ReasonFor(entry.Held.Cid)));
                LeavePool(entry, staged);
            }

            Missing.Resolve(entry.Held.Cid);
            Wake(entry.Held.Cid); // its waiters find it in the memo and are refused as well
        }
    }

    // What became of an event that was given now: what can be admitted later goes into the waiting room.
    private EventVerdict Conclude(PoolEntry entry, TimeSpan now, StagedBatch staged)
    {
        Cid cid = entry.Held.Cid;
        if (_state.Graph.Find(cid) is not null)
        {
            return EventVerdict.Accepted;
        }

        if (_step.ReasonFor(cid) is not InvalidReason.None and InvalidReason reason)
        {
            return EventVerdict.Invalid(reason);
        }

        if (_step.IsUnvouched(cid))
        {
            // Left out unread, with others that are bad: it may come again.
            return _authenticity.IsKnownBad(entry.Held) ? EventVerdict.Invalid(InvalidReason.Signature) : EventVerdict.Busy(BusyReason.Signatures);
        }

        entry.IsShelved = _step.IsShelved(cid);
        entry.Missing = entry.IsShelved ? default : entry.FirstMissing(_state.Graph);
        EventVerdict pending = EventVerdict.Pending(entry.Missing);
        AddToPool(entry, now, staged);
        return pending;
    }

    // Who came with it, or before it, may cite it: all of them are in the waiting room by now.
    private void DemandIfWanted(PoolEntry entry)
    {
        if (Pool.Find(entry.Held.Cid) != entry || !(entry.IsDemanded || Pool.WaitersOf(entry.Held.Cid).Any(_step.IsDemanding)))
        {
            return;
        }

        entry.IsDemanded = true;
        if (entry.IsShelved)
        {
            _ready.Enqueue(entry);
        }
        else
        {
            Demand(entry);
        }
    }

    // A block that can never be an event of this document, but whose CID somebody waits for.
    private void FailWaiters(IncomingBlock block, InvalidReason reason)
    {
        if (reason is InvalidReason.Size or InvalidReason.CidMismatch)
        {
            return; // says nothing about the CID
        }

        Cid cid = block.Expected.IsNone ? Cid.ForDagCbor(block.Bytes.Span) : block.Expected;
        if (Pool.WaitersOf(cid).Count > 0)
        {
            _invalid.Set(cid, reason);
            Missing.Resolve(cid);
            Wake(cid);
        }
    }

    private void Wake(Cid cid)
    {
        foreach (PoolEntry waiting in Pool.TakeWaiters(cid))
        {
            _ready.Enqueue(waiting);
        }
    }

    // Iterative: a chain of 100,000 delivered backwards unwinds here without a stack.
    private void Drain(TimeSpan now, StagedBatch staged, bool areOurs)
    {
        while (_ready.Count > 0)
        {
            PoolEntry[] woken = [.. _ready.Where(entry => Pool.Find(entry.Held.Cid) == entry).Distinct()];
            _ready.Clear();
            _step.Run(woken, mayShelve: !IsReplaying, areOurs);
            Settle(staged);
            foreach (PoolEntry entry in woken)
            {
                if (Pool.Find(entry.Held.Cid) == entry)
                {
                    WaitOn(entry, now, staged);
                }
            }

            _step.KeepLeftOut();
        }
    }

    // It was looked at and is neither admitted nor refused.
    private void WaitOn(PoolEntry entry, TimeSpan now, StagedBatch staged)
    {
        if (_step.IsUnvouched(entry.Held.Cid))
        {
            LeavePool(entry, staged);
            Missing.SetHeld(entry.Held.Cid, isHeld: false, now);
        }
        else if (_step.IsShelved(entry.Held.Cid))
        {
            Pool.Shelve(entry);
            if (entry.IsDemanded)
            {
                _ready.Enqueue(entry); // by one that was looked at in the same step, before this one was on the shelf
            }
        }
        else
        {
            Pool.WaitFor(entry, entry.FirstMissing(_state.Graph));
            Demand(entry);
        }
    }

    private void AddToPool(PoolEntry entry, TimeSpan now, StagedBatch staged)
    {
        Cid missing = entry.Missing;
        entry.NeedsFrom = entry.Skip;
        FetchLane lane = new(entry.Peer, EventGraph.KeyOf(entry.Held.Author.Span));
        for (int i = entry.Skip; i < EventGraph.LinkCount(entry.Held); i++)
        {
            Cid link = EventGraph.LinkAt(entry.Held, i);
            if (_state.Graph.Find(link) is null)
            {
                Missing.Need(link, Pool.Find(link) is not null, lane, now);
            }
        }

        _authenticity.Vouch(entry.Held);
        Missing.SetHeld(entry.Held.Cid, isHeld: true, now);
        Pool.Add(entry, _evicted);
        if (Pool.Find(entry.Held.Cid) == entry && entry.Source != EventSource.Store)
        {
            staged.Hold(entry);
            entry.IsStored = true;
        }

        foreach (PoolEntry gone in _evicted)
        {
            Forget(gone, staged);
            Missing.SetHeld(gone.Held.Cid, isHeld: false, now);
        }

        _evicted.Clear();
        if (!missing.IsNone)
        {
            Demand(entry);
        }
    }

    private void LeavePool(PoolEntry entry, StagedBatch staged)
    {
        Pool.Remove(entry);
        Forget(entry, staged);
    }

    private void Forget(PoolEntry entry, StagedBatch staged)
    {
        for (int i = entry.NeedsFrom; i < EventGraph.LinkCount(entry.Held); i++)
        {
            Missing.Release(EventGraph.LinkAt(entry.Held, i));
        }

        _authenticity.Unvouch(entry.Held);
        bool stillStaged = staged.Unhold(entry.Held.Cid);
        if ((entry.IsStored || entry.Source == EventSource.Store) && !stillStaged && _state.Graph.Find(entry.Held.Cid) is null)
        {
            staged.Dropped.Add(entry.Held.Cid);
        }
    }

    // Whoever waits and is not itself shelved pulls what it waits for off the shelf, link by link.
    private void Demand(PoolEntry entry)
    {
        PoolEntry? wanted = entry.IsShelved ? null : Pool.Find(entry.Missing);
        while (wanted is not null && _step.IsDemanding(entry) && !wanted.IsDemanded)
        {
            wanted.IsDemanded = true;
            if (wanted.IsShelved)
            {
                _ready.Enqueue(wanted);
                return;
            }

            entry = wanted;
            wanted = Pool.Find(entry.Missing);
        }
    }
}
