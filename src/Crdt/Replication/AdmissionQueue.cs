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
    }

    public OrphanPool Pool { get; }

    public MissingLinks Missing { get; }

    public SenderLedger Senders { get; }

    public DeliveryLedger Deliveries { get; }

    public long Verifications => _authenticity.Verifications;

    /// <summary>Events not looked at because their author has used up his share of the store.</summary>
    public long ShareRefusals { get; private set; }

    /// <summary>While the log of the store is replayed: what was applied once is applied again, shelf or not.</summary>
    public bool IsReplaying { get; set; }

    /// <summary>Decodes blocks that will be received and says which signatures that will ask for.</summary>
    /// <param name="input">The blocks.</param>
    /// <param name="checks">Gains the checks.</param>
    /// <returns>The same, decoded where that succeeded.</returns>
    public BlocksInput Plan(BlocksInput input, SignatureBatch checks)
    {
        int count = input.Blocks.Count;
        IncomingBlock[] blocks = new IncomingBlock[count];
        Event?[] events = new Event?[count];
        EventVerdict[] early = new EventVerdict[count];
        for (int i = 0; i < count; i++)
        {
            early[i] = Decode(input.Blocks[i], input.Source, out events[i]);
            blocks[i] = input.Blocks[i] with { Decoded = events[i] };
        }

        _authenticity.Plan(input, events, early, checks);
        return input with { Blocks = blocks };
    }

    /// <summary>Takes the outcome of planned checks.</summary>
    public void TakeAhead(SignatureBatch checks) => _authenticity.TakeAhead(checks);

    /// <summary>Admits blocks, oldest first; one verdict each.</summary>
    public void Receive(BlocksInput input, TimeSpan now, StagedBatch staged, List<EventVerdict> verdicts)
    {
        int count = input.Blocks.Count;
        if (Senders.IsIgnored(input.Peer, now))
        {
            verdicts.AddRange(Enumerable.Repeat(EventVerdict.Busy(BusyReason.Sender), count));
            Deliveries.Note(input.Peer, input.Blocks, verdicts);
            return;
        }

        int before = staged.Applied.Count;
        Event?[] events = new Event?[count];
        EventVerdict[] early = new EventVerdict[count];
        for (int i = 0; i < count; i++)
        {
            early[i] = Decode(input.Blocks[i], input.Source, out events[i]);
        }

        _authenticity.Judge(input, events, early);
        for (int i = 0; i < count; i++)
        {
            EventVerdict verdict = early[i].Kind != EventVerdictKind.None
                ? early[i]
                : Enter(new PoolEntry(events[i]!, input.Peer, input.Source, now), now, staged);
            verdicts.Add(verdict);
            ShareRefusals += verdict.Limit == BusyReason.AuthorShare ? 1 : 0;
            Senders.Note(input.Peer, input.Blocks[i], verdict, now);

            if (verdict.Kind == EventVerdictKind.Invalid && events[i] is null)
            {
                FailWaiters(input.Blocks[i], verdict.Reason, staged);
            }
        }

        staged.NotePositions(input.Peer, _options.Genesis.Cid, before);
        Deliveries.Note(input.Peer, input.Blocks, verdicts);
    }

    // Steps 1 to 5, and what needs no signature: duplicates and memoised verdicts.
    private EventVerdict Decode(IncomingBlock block, EventSource source, out Event? decoded)
    {
        decoded = block.Decoded;
        if (block.Bytes.Length > EventLimits.BlockBytesMax)
        {
            return EventVerdict.Invalid(InvalidReason.Size);
        }

        InvalidReason reason = InvalidReason.None;
        if (decoded is null)
        {
            _ = EventCodec.TryDecode(block.Bytes, _options.Genesis.Cid, out decoded, out reason);
        }
        else if (decoded.Document != _options.Genesis.Cid)
        {
            reason = InvalidReason.Document;
        }

        // A block asked for by CID must be that block, whatever else it is. The decoder has hashed it already.
        if (!block.Expected.IsNone && (decoded is not null ? decoded.Cid != block.Expected : !block.Expected.Verify(block.Bytes.Span)))
        {
            reason = InvalidReason.CidMismatch;
        }

        if (reason != InvalidReason.None)
        {
            decoded = null;
            return EventVerdict.Invalid(reason);
        }

        Cid cid = decoded!.Cid;
        return _state.Graph.Find(cid) is not null || Pool.Find(cid) is not null ? EventVerdict.Duplicate
            : _invalid.TryGet(cid, out InvalidReason known) ? EventVerdict.Invalid(known)
            : source == EventSource.None ? EventVerdict.Busy(BusyReason.Source)
            : source == EventSource.Store || _options.Store.HasRoomFor(decoded.Author.Span) ? default
            : EventVerdict.Busy(BusyReason.AuthorShare);
    }

    private EventVerdict Enter(PoolEntry entry, TimeSpan now, StagedBatch staged)
    {
        // The same block twice in one pack: the first made it known.
        if (_state.Graph.Find(entry.Held.Cid) is not null || Pool.Find(entry.Held.Cid) is not null)
        {
            return EventVerdict.Duplicate;
        }

        entry.IsDemanded = IsDemanded(entry.Held.Cid);
        EventVerdict verdict = Try(entry, staged, out bool pooled);
        if (pooled)
        {
            AddToPool(entry, now, staged);
            verdict = EventVerdict.Pending(entry.Missing);
        }

        Drain(staged);
        return verdict;
    }

    // Steps 7 to 11 for one event.
    private EventVerdict Try(PoolEntry entry, StagedBatch staged, out bool pooled)
    {
        pooled = false;
        int skip = entry.Skip;
        Cid missing = _state.Graph.FirstMissing(entry.Held, ref skip);
        entry.Skip = skip;
        if (!missing.IsNone)
        {
            if (_invalid.TryGet(missing, out _))
            {
                return Refuse(entry, InvalidReason.Ancestor);
            }

            entry.Missing = missing;
            pooled = true;
            return default;
        }

        AdmitResult result = _state.Admit(entry.Held, mayShelve: !entry.IsDemanded && !IsReplaying, staged.Changes);
        switch (result.Kind)
        {
            case AdmitKind.Shelved:
                entry.Missing = default;
                entry.IsShelved = true;
                pooled = true;
                return default;
            case AdmitKind.Refused:
                return Refuse(entry, result.Reason);
            default:
                Accept(entry, result, staged);
                return EventVerdict.Accepted;
        }
    }

    private void Accept(PoolEntry entry, AdmitResult result, StagedBatch staged)
    {
        EventNode node = result.Node!;
        staged.Applied.Add((node, entry.Held, entry.Source));
        staged.Held.Remove(node.Cid);
        Missing.Resolve(node.Cid);
        if (result.FoundFork)
        {
            (EventNode first, EventNode second) = node.Author.Proof!.Value;
            staged.Forks.Add(new ForkInfo(node.Author.Protobuf, node.Author.ForkSequence, first.Cid, second.Cid));
        }

        Wake(node.Cid);
    }

    private EventVerdict Refuse(PoolEntry entry, InvalidReason reason)
    {
        _invalid.Set(entry.Held.Cid, reason);
        Missing.Resolve(entry.Held.Cid);
        Wake(entry.Held.Cid); // its waiters find it in the memo and are refused as well
        return EventVerdict.Invalid(reason);
    }

    // A block that can never be an event of this document, but whose CID somebody waits for.
    private void FailWaiters(IncomingBlock block, InvalidReason reason, StagedBatch staged)
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
            Drain(staged);
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
    private void Drain(StagedBatch staged)
    {
        while (_ready.TryDequeue(out PoolEntry? entry))
        {
            if (Pool.Find(entry.Held.Cid) != entry)
            {
                continue; // evicted meanwhile
            }

            EventVerdict verdict = Try(entry, staged, out bool pooled);
            staged.Late.Add(verdict);
            if (!pooled)
            {
                LeavePool(entry, staged);
            }
            else if (entry.IsShelved)
            {
                Pool.Shelve(entry);
            }
            else
            {
                Cid missing = entry.Missing;
                entry.Missing = default;
                Pool.WaitFor(entry, missing);
                Demand(entry);
            }
        }
    }

    private void AddToPool(PoolEntry entry, TimeSpan now, StagedBatch staged)
    {
        Cid missing = entry.Missing;
        entry.NeedsFrom = entry.Skip;
        for (int i = entry.Skip; i < EventGraph.LinkCount(entry.Held); i++)
        {
            Cid link = EventGraph.LinkAt(entry.Held, i);
            if (_state.Graph.Find(link) is null)
            {
                Missing.Need(link, Pool.Find(link) is not null, entry.Peer, now);
            }
        }

        _authenticity.Vouch(entry.Held);
        Missing.SetHeld(entry.Held.Cid, isHeld: true, now);
        Pool.Add(entry, _evicted);
        if (Pool.Find(entry.Held.Cid) == entry && entry.Source != EventSource.Store)
        {
            staged.Held[entry.Held.Cid] = entry.Held;
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
        bool stillStaged = staged.Held.Remove(entry.Held.Cid);
        if ((entry.IsStored || entry.Source == EventSource.Store) && !stillStaged && _state.Graph.Find(entry.Held.Cid) is null)
        {
            staged.Dropped.Add(entry.Held.Cid);
        }
    }

    // Whoever waits and is not itself shelved pulls what it waits for off the shelf, link by link.
    private void Demand(PoolEntry entry)
    {
        PoolEntry? wanted = entry.IsShelved ? null : Pool.Find(entry.Missing);
        while (wanted is not null && IsDemanding(entry) && !wanted.IsDemanded)
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

    private bool IsDemanded(Cid cid)
    {
        foreach (PoolEntry waiting in Pool.WaitersOf(cid))
        {
            if (IsDemanding(waiting))
            {
                return true;
            }
        }

        return false;
    }

    // An event that would be a tail event itself demands nothing, unless somebody demands it.
    private bool IsDemanding(PoolEntry entry) => entry.IsDemanded
        || !(_state.Graph.FindAuthor(EventGraph.KeyOf(entry.Held.Author.Span)) is AuthorEntry author
            && entry.Held.Sequence >= author.ForkSequence);
}
