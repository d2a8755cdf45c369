using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// The state of the federation, kept up to date event by event. A pure function of the set of events applied and not retracted:
/// the order of calls has no influence, so growing a state and computing it anew give the same hash. One owner.
/// </summary>
/// <remarks>Spec: federation, section 4. An event costs O(log n); the receipts' recomputation waits for <see cref="Settle"/>.</remarks>
public sealed class FederationFold : IFold
{
    private readonly Dictionary<Cid, FoldRecord> _records = [];
    private readonly Dictionary<Cid, Tombstone> _tombs = [];
    private readonly StateTrie<FoldRecord> _artifacts = new(ArtifactForm.Instance);
    private readonly EdgeSlots _edges;
    private readonly ContentIndex _contents;
    private readonly ReceiptBook _receipts;
    private readonly DraftDefects _defects;
    private readonly DagCborWriter _writer = new(48);
    private long _arrivals;

    /// <summary>The empty state.</summary>
    public FederationFold()
        : this(DraftDefects.None)
    {
    }

    internal FederationFold(DraftDefects defects)
    {
        _defects = defects;
        _edges = new EdgeSlots(defects);
        _contents = new ContentIndex(digest => _receipts!.PresenceChanged(digest));
        _receipts = new ReceiptBook(_contents.Has);
    }

    /// <summary>What one recomputation may spend here.</summary>
    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Events applied and not retracted.</summary>
    public ulong Count { get; private set; }

    /// <summary>Trie nodes hashed so far: one event costs O(log n) of them.</summary>
    public long HashedNodes => _artifacts.HashedNodes + _edges.Trie.HashedNodes + _receipts.Results.HashedNodes + _receipts.Conflicts.HashedNodes;

    /// <inheritdoc/>
    public void Apply(Event applied) => Apply(FoldItem.Of(applied));

    /// <inheritdoc/>
    public void Retract(Event retracted)
    {
        FoldItem item = FoldItem.Of(retracted);
        Count--;
        switch (item.Body)
        {
            case ArtifactBody or EdgeBody or ReceiptBody:
                RemoveRecord(item);
                break;
            case TombBody:
                Tombstone tomb = _tombs[item.Cid];
                Change(tomb, () => tomb.Target = null);
                ForgetTomb(item.Cid);
                break;
            case LiftBody lift:
                foreach (Cid cid in lift.Tombs)
                {
                    Tombstone named = _tombs[cid];
                    Change(named, () => named.Lifts--);
                    ForgetTomb(cid);
                }

                break;
            case SnapBody:
                _contents.RemoveSnapshot(item.Cid);
                break;
            default:
                break;
        }
    }

    /// <summary>Recomputes what receipts claim, as far as it is not known, and makes the state document.</summary>
    /// <param name="forks">Authors that forked, as far as the set proves it.</param>
    /// <param name="source">Where blocks are read: events, programs, inputs.</param>
    /// <returns>The state, or the blocks without which there is none.</returns>
    public FoldOutcome Settle(IEnumerable<ForkPoint> forks, IContentSource source)
    {
        ArgumentNullException.ThrowIfNull(forks);
        SortedSet<Cid> missing = [];
        List<EventDigest> tooLarge = [];
        _receipts.Settle(new FoldHost(_contents, source), Limits, missing, tooLarge);
        return missing.Count + tooLarge.Count > 0
            ? new FoldOutcome(null, [.. missing]) { TooLarge = [.. tooLarge.Order(Comparer<EventDigest>.Create(TriePath.Compare))] }
            : new FoldOutcome(
                new StateDocument(
                    Count, _artifacts.Root(), _edges.Trie.Root(), _receipts.Results.Root(), _receipts.Conflicts.Root(), RootOf(forks)), []);
    }

    /// <summary>Receipts that the last <see cref="Settle"/> found contradicted, in canonical order.</summary>
    public IReadOnlyList<Refutation> Refuted() => _receipts.Refuted();

    /// <summary>Keys of the executions that shown receipts speak of, ascending.</summary>
    public IReadOnlyList<EventDigest> Executions() =>
        [.. _receipts.Groups.Select(static g => g.Key).Order(Comparer<EventDigest>.Create(TriePath.Compare))];

    /// <summary>Receipts of one execution, in canonical order.</summary>
    /// <param name="key">Key of the execution.</param>
    public IReadOnlyList<Cid> ReceiptsOf(EventDigest key) => [.. (_receipts.Find(key)?.Receipts ?? []).Select(static r => r.Cid)];

    /// <summary>The result of an execution as recomputed, or null when it is not known or cannot be checked.</summary>
    /// <param name="key">Key of the execution.</param>
    public ProgramResult? ResultOf(EventDigest key) => _receipts.Find(key) is ReceiptGroup group && _receipts.IsCheckable(group) ? group.Result : null;

    /// <summary>The visible edge of a slot, or none.</summary>
    /// <param name="slot">See <see cref="EdgeBody.SlotHash"/>.</param>
    public Cid VisibleEdge(EventDigest slot) => _edges.Visible(slot);

    /// <summary>All edges of a slot in canonical order, hidden ones too.</summary>
    /// <param name="slot">See <see cref="EdgeBody.SlotHash"/>.</param>
    public IReadOnlyList<Cid> History(EventDigest slot) => _edges.History(slot);

    /// <summary>Whether an artifact, edge or receipt is there and no tombstone in force hides it.</summary>
    /// <param name="record">The event.</param>
    public bool IsShown(Cid record) => _records.TryGetValue(record, out FoldRecord? found) && found.IsShown;

    /// <summary>Makes room at once for so many events.</summary>
    internal void Reserve(int events) => _records.EnsureCapacity(events);

    internal void Apply(FoldItem item)
    {
        Count++;
        switch (item.Body)
        {
            case ArtifactBody artifact:
                AddRecord(item, RecordKind.Artifact, null, artifact.IsInline);
                break;
            case EdgeBody:
                AddRecord(item, RecordKind.Edge, null, inline: false);
                break;
            case ReceiptBody receipt:
                AddRecord(item, RecordKind.Receipt, receipt, inline: false);
                break;
            case TombBody tomb:
                ApplyTomb(item.Cid, tomb);
                break;
            case LiftBody lift:
                ApplyLift(lift);
                break;
            case SnapBody:
                _contents.AddSnapshot(item.Cid);
                break;
            default:
                break; // counted, without effect
        }
    }

    private static EventDigest RootOf(IEnumerable<ForkPoint> forks)
    {
        StateTrie<byte[]> trie = new(BytesForm.Instance);
        DagCborWriter writer = new(64);
        foreach (ForkPoint fork in forks)
        {
            writer.Clear();
            writer.WriteBytes(fork.Author.Span);
            int first = writer.Length;
            writer.WriteUInt(fork.Sequence);
            trie.Put(writer.WrittenSpan[..first], [0x82, .. writer.WrittenSpan]);
        }

        return trie.Root();
    }

    private void ApplyTomb(Cid cid, TombBody body)
    {
        if (_defects.HasFlag(DraftDefects.DeleteIfPresent))
        {
            if (_records.TryGetValue(body.Target, out FoldRecord? present) && present.IsShown)
            {
                present.Hiders = 1;
                Hide(present);
            }

            return;
        }

        Tombstone tomb = TombAt(cid);
        FoldRecord target = RecordAt(body.Target);
        Change(tomb, () => tomb.Target = target);
    }

    private void ApplyLift(LiftBody body)
    {
        if (_defects.HasFlag(DraftDefects.DeleteIfPresent))
        {
            if (_records.TryGetValue(body.Target, out FoldRecord? hidden) && hidden.Hiders > 0)
            {
                hidden.Hiders = 0;
                Show(hidden);
            }

            return;
        }

        foreach (Cid cid in body.Tombs)
        {
            Tombstone tomb = TombAt(cid);
            Change(tomb, () => tomb.Lifts++);
        }
    }

    // What a tombstone does to its target, before and after a change to it.
    private void Change(Tombstone tomb, Action change)
    {
        FoldRecord? target = tomb.Target;
        bool before = tomb.IsInForce;
        change();
        target ??= tomb.Target;
        if (target is null || before == tomb.IsInForce)
        {
            return;
        }

        bool wasShown = target.IsShown;
        target.Hiders += tomb.IsInForce ? 1 : -1;
        if (wasShown != target.IsShown)
        {
            if (wasShown)
            {
                Hide(target);
            }
            else
            {
                Show(target);
            }
        }
    }

    private void AddRecord(FoldItem item, RecordKind kind, ReceiptBody? receipt, bool inline)
    {
        FoldRecord record = RecordAt(item.Cid);
        record.Kind = kind;
        record.Height = item.Height;
        record.Sequence = item.Sequence;
        record.Key = item.Key;
        record.Receipt = receipt;
        record.IsInline = inline;
        record.Arrival = _arrivals++;
        if (kind == RecordKind.Edge)
        {
            _edges.Add(record);
        }
        else if (record.IsShown)
        {
            Show(record);
        }
    }

    private void RemoveRecord(FoldItem item)
    {
        FoldRecord record = _records[item.Cid];
        if (record.Kind == RecordKind.Edge)
        {
            _edges.Remove(record);
        }
        else if (record.IsShown)
        {
            Hide(record);
        }

        record.Kind = RecordKind.None;
        if (record.Hiders == 0)
        {
            _records.Remove(item.Cid);
        }
    }

    private void Show(FoldRecord record)
    {
        switch (record.Kind)
        {
            case RecordKind.Artifact:
                _artifacts.Put(FirstItemOf(record.Cid), record);
                _contents.Add(record);
                break;
            case RecordKind.Edge:
                _edges.Changed(record);
                break;
            default:
                _receipts.Add(record);
                break;
        }
    }

    private void Hide(FoldRecord record)
    {
        switch (record.Kind)
        {
            case RecordKind.Artifact:
                _artifacts.Remove(FirstItemOf(record.Cid));
                _contents.Remove(record);
                break;
            case RecordKind.Edge:
                _edges.Changed(record);
                break;
            default:
                _receipts.Remove(record);
                break;
        }
    }

    private ReadOnlySpan<byte> FirstItemOf(Cid cid)
    {
        _writer.Clear();
        _writer.WriteCid(cid);
        return _writer.WrittenSpan;
    }

    private FoldRecord RecordAt(Cid cid)
    {
        if (!_records.TryGetValue(cid, out FoldRecord? record))
        {
            _records.Add(cid, record = new FoldRecord(cid));
        }

        return record;
    }

    private Tombstone TombAt(Cid cid)
    {
        if (!_tombs.TryGetValue(cid, out Tombstone? tomb))
        {
            _tombs.Add(cid, tomb = new Tombstone());
        }

        return tomb;
    }

    private void ForgetTomb(Cid cid)
    {
        if (_tombs.TryGetValue(cid, out Tombstone? tomb) && tomb is { Target: null, Lifts: 0 })
        {
            _tombs.Remove(cid);
        }
    }
}
