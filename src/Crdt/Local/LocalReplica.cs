using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Local;

/// <summary>
/// One text document in memory, synchronously: admission, own events and the text, by the same rules as a <see cref="Replica"/>, without store,
/// network, loop or clock. For tools, tests and benchmarks. Single-threaded.
/// </summary>
/// <remarks>
/// It keeps no waiting room: an event whose links are not here is answered with Pending and forgotten. What it holds is lost with it, so never
/// write here under a key that also writes elsewhere: two writers of one key equivocate.
/// </remarks>
public sealed class LocalReplica
{
    private const int MemoMax = 1_024;

    private readonly Genesis _genesis;
    private readonly DocumentState _state;
    private readonly OwnWriter _writer;
    private readonly Authenticity _authenticity;
    private readonly AdmissionStep _step;
    private readonly List<Event> _log = [];
    private readonly List<VisibilityChange> _changes = [];

    /// <summary>An empty document.</summary>
    /// <param name="genesis">Its root.</param>
    /// <param name="signer">The author key, or null to read only.</param>
    public LocalReplica(Genesis genesis, ISigner? signer)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        _genesis = genesis;
        _state = new DocumentState(genesis, DocumentRules.Create());
        _authenticity = new Authenticity(_state.Graph, MemoMax, preparedKeysMax: 64);
        ReplicaOptions limits = new() { Genesis = genesis, Store = new MemoryEventStore(new SeededChance(1), withKey: false) };
        _step = new AdmissionStep(_state, _authenticity, new OrphanPool(limits), new BoundedMemo<Cid, InvalidReason>(MemoMax)); // nothing ever waits in that room
        _writer = new OwnWriter(_state, signer);
        Text = new Sequence(genesis.Cid);
    }

    /// <summary>The text. Edit it here, then <see cref="Cut"/>.</summary>
    public Sequence Text { get; }

    /// <summary>Admitted events in the order in which they were admitted: causal.</summary>
    public IReadOnlyList<Event> Log => _log;

    /// <summary>Makes one event of the edits that wait.</summary>
    /// <param name="at">Unix milliseconds to claim; 0 = withheld.</param>
    /// <returns>The event, or null when nothing waited. Very large edits need several: ask again.</returns>
    /// <exception cref="ReplicaException">There is no key, or it may not write here.</exception>
    public Event? Cut(ulong at = 0)
    {
        if (!Text.HasPending)
        {
            return null;
        }

        StagedBatch staged = new();
        WriteResult result = _writer.WhyNot();
        if (result.Error == ReplicaError.None)
        {
            result = _writer.Append(new EventDraft { Type = SeqRules.TypeName, BuildBody = context => Text.TakeBody(context) }, at, staged);
        }

        foreach ((EventNode _, Event applied, EventSource _) in staged.Applied) // merges, when there were too many heads for one event
        {
            _log.Add(applied);
        }

        Show(staged.Changes);
        return result.Written ?? throw new ReplicaException(result.Error, result.Message, result.Cause);
    }

    /// <summary>Admits a block: decodes it, verifies its signature, checks its links and rules, applies it to the text.</summary>
    /// <param name="block">All bytes; must not change afterwards.</param>
    public EventVerdict Insert(ReadOnlyMemory<byte> block) => Insert(block, isAuthentic: false);

    /// <summary>As <see cref="Insert(ReadOnlyMemory{byte})"/> for a block whose signature is known to be good: it is not verified again.</summary>
    /// <param name="block">All bytes; must not change afterwards.</param>
    public EventVerdict InsertAuthentic(ReadOnlyMemory<byte> block) => Insert(block, isAuthentic: true);

    /// <summary>
    /// Admits a pack, oldest first: one signature per author and branch authenticates all its earlier blocks of the pack, if the block that vouches for them
    /// is admitted itself.
    /// </summary>
    /// <param name="blocks">Whole blocks in causal order; must not change afterwards.</param>
    /// <returns>One verdict per block.</returns>
    public IReadOnlyList<EventVerdict> InsertPack(IReadOnlyList<ReadOnlyMemory<byte>> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        EventVerdict[] verdicts = new EventVerdict[blocks.Count];
        Event?[] events = new Event?[blocks.Count];
        IncomingBlock[] incoming = new IncomingBlock[blocks.Count];
        for (int i = 0; i < verdicts.Length; i++)
        {
            incoming[i] = new IncomingBlock(blocks[i], default, null, SignatureVerified: false);
            verdicts[i] = Decode(blocks[i], out events[i]);
        }

        PoolEntry?[] entries = Entries(new BlocksInput(incoming, default, EventSource.Sync, null), events, verdicts);
        _step.Run(entries.OfType<PoolEntry>(), mayShelve: false);
        foreach (PoolEntry admitted in _step.Admitted)
        {
            _changes.Clear();
            _ = _state.Settle(_changes);
            _log.Add(admitted.Held);
            Show(_changes);
        }

        for (int i = 0; i < verdicts.Length; i++)
        {
            verdicts[i] = entries[i] is PoolEntry entry ? Conclude(entry.Held) : verdicts[i];
        }

        return verdicts;
    }

    private PoolEntry?[] Entries(BlocksInput input, Event?[] events, EventVerdict[] verdicts)
    {
        bool[] signed = _authenticity.Judge(input, events, verdicts);
        PoolEntry?[] entries = new PoolEntry?[events.Length];
        HashSet<Cid> seen = [];
        for (int i = 0; i < entries.Length; i++)
        {
            if (verdicts[i].Kind != EventVerdictKind.None)
            {
                continue;
            }

            if (seen.Add(events[i]!.Cid))
            {
                entries[i] = new PoolEntry(events[i]!, default, EventSource.Sync, default) { IsSigned = signed[i] };
            }
            else
            {
                verdicts[i] = EventVerdict.Duplicate; // twice in one pack
            }
        }

        return entries;
    }

    private EventVerdict Conclude(Event given)
    {
        int skip = 0;
        return _state.Graph.Find(given.Cid) is not null ? EventVerdict.Accepted
            : _step.ReasonFor(given.Cid) is not InvalidReason.None and InvalidReason reason ? EventVerdict.Invalid(reason)
            : !_step.IsUnvouched(given.Cid) ? EventVerdict.Pending(_state.Graph.FirstMissing(given, ref skip))
            : _authenticity.IsKnownBad(given) ? EventVerdict.Invalid(InvalidReason.Signature)
            : EventVerdict.Busy(BusyReason.Signatures); // left out unread, with others that are bad: it may come again
    }

    private EventVerdict Insert(ReadOnlyMemory<byte> block, bool isAuthentic)
    {
        EventVerdict early = Decode(block, out Event? candidate);
        return early.Kind != EventVerdictKind.None ? early
            : isAuthentic || EventCodec.VerifySignature(candidate!) ? Admit(candidate!)
            : EventVerdict.Invalid(InvalidReason.Signature);
    }

    private EventVerdict Decode(ReadOnlyMemory<byte> block, out Event? decoded) =>
        !EventCodec.TryDecode(block, _genesis.Cid, out decoded, out InvalidReason reason) ? EventVerdict.Invalid(reason)
        : _state.Graph.Find(decoded!.Cid) is not null ? EventVerdict.Duplicate
        : default;

    private EventVerdict Admit(Event candidate)
    {
        int skip = 0;
        Cid missing = _state.Graph.FirstMissing(candidate, ref skip);
        if (!missing.IsNone)
        {
            return EventVerdict.Pending(missing);
        }

        _changes.Clear();
        AdmitResult result = _state.Admit(candidate, mayShelve: false, _changes);
        if (result.Kind != AdmitKind.Admitted)
        {
            return EventVerdict.Invalid(result.Reason);
        }

        _log.Add(candidate);
        Show(_changes);
        return EventVerdict.Accepted;
    }

    private void Show(List<VisibilityChange> changes)
    {
        foreach (VisibilityChange change in changes)
        {
            Event changed = _log[(int)change.Node.Arrival];
            if (change.IsShown)
            {
                Text.Apply(changed); // binds an own event to what was typed
            }
            else
            {
                Text.Retract(changed);
            }
        }
    }
}
