using System.Runtime.InteropServices;
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
    private readonly RecordTable _records = new();
    private readonly Dictionary<EventDigest, FoldReceipt> _claims = [];
    private readonly Dictionary<EventDigest, Tombstone> _tombs = [];
    private readonly StateTrie<int> _artifacts;
    private readonly EdgeSlots _edges;
    private readonly ContentIndex _contents;
    private readonly ReceiptBook _receipts;
    private readonly DraftDefects _defects;
    private int _arrivals;

    /// <summary>The empty state.</summary>
    public FederationFold()
        : this(DraftDefects.None)
    {
    }

    internal FederationFold(DraftDefects defects)
    {
        _defects = defects;
        _artifacts = new StateTrie<int>(new ArtifactForm(_records));
        _edges = new EdgeSlots(_records, defects);
        _contents = new ContentIndex(_records, digest => _receipts!.PresenceChanged(digest));
        _receipts = new ReceiptBook(_contents.Has);
    }

    /// <summary>What one recomputation may spend here.</summary>
    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Events applied and not retracted.</summary>
    public ulong Count { get; private set; }

    /// <summary>Trie nodes hashed so far: one event costs O(log n) of them.</summary>
    public long HashedNodes => _artifacts.HashedNodes + _edges.Trie.HashedNodes + _receipts.Results.HashedNodes + _receipts.Conflicts.HashedNodes;

    /// <inheritdoc/>
    public void Apply(Event applied) => Apply(FoldInput.Of(applied));

    /// <inheritdoc/>
    public void Retract(Event retracted)
    {
        FoldInput item = FoldInput.Of(retracted);
        Count--;
        switch (item.Kind)
        {
            case RecordKind.Artifact or RecordKind.Edge or RecordKind.Receipt:
                RemoveRecord(item.Id);
                break;
            case RecordKind.Tomb:
                Aim(item.Id, -1);
                ForgetTomb(item.Id);
                break;
            case RecordKind.Lift:
                foreach (Cid cid in ((LiftBody)item.Body!).Tombs)
                {
                    Lift(FoldItem.DigestOf(cid), -1);
                    ForgetTomb(FoldItem.DigestOf(cid));
                }

                break;
            case RecordKind.Snapshot:
                _contents.RemoveSnapshot(item.Id);
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
    public bool IsShown(Cid record) => EventId.TryRead(record, out EventDigest id) && _records.Find(id) is int found and >= 0 && _records[found].IsShown;

    /// <summary>Makes room at once for a set whose size is known: tables that grow are copied again and again.</summary>
    /// <param name="events">Events of any type.</param>
    /// <param name="artifacts">Artifacts among them.</param>
    /// <param name="edges">Edges among them.</param>
    internal void Reserve(int events, int artifacts, int edges)
    {
        _records.Reserve(events);
        _artifacts.Reserve(artifacts);
        _contents.Reserve(artifacts);
        _edges.Reserve(edges);
    }

    internal void Apply(in FoldInput item)
    {
        Count++;
        switch (item.Kind)
        {
            case RecordKind.Artifact or RecordKind.Edge or RecordKind.Receipt:
                AddRecord(item);
                break;
            case RecordKind.Tomb:
                ApplyTomb(item.Id, FoldItem.DigestOf(((TombBody)item.Body!).Target));
                break;
            case RecordKind.Lift:
                ApplyLift((LiftBody)item.Body!);
                break;
            case RecordKind.Snapshot:
                _contents.AddSnapshot(item.Id);
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

    private void ApplyTomb(EventDigest tomb, EventDigest target)
    {
        if (!_defects.HasFlag(DraftDefects.DeleteIfPresent))
        {
            Aim(tomb, _records.FindOrAdd(target));
        }
        else if (_records.Find(target) is int present and >= 0 && _records[present].IsShown)
        {
            Shadow(present, 1);
        }
    }

    private void ApplyLift(LiftBody body)
    {
        if (!_defects.HasFlag(DraftDefects.DeleteIfPresent))
        {
            foreach (Cid tomb in body.Tombs)
            {
                Lift(FoldItem.DigestOf(tomb), 1);
            }
        }
        else if (_records.Find(FoldItem.DigestOf(body.Target)) is int hidden and >= 0 && _records[hidden].Hiders > 0)
        {
            Shadow(hidden, -_records[hidden].Hiders);
        }
    }

    // A tombstone came (its target) or went (-1).
    private void Aim(EventDigest tomb, int target)
    {
        ref Tombstone state = ref CollectionsMarshal.GetValueRefOrAddDefault(_tombs, tomb, out _);
        int before = state.Target;
        int hiders = state.Lifts == 0 ? 1 : 0;
        state.Target = target;
        if (target >= 0)
        {
            _records[target].Tombs++;
            Shadow(target, hiders);
        }

        if (before >= 0)
        {
            Shadow(before, -hiders);
            _records[before].Tombs--;
            Forget(before);
        }
    }

    // Lifts that name a tombstone: one more, or one less.
    private void Lift(EventDigest tomb, int change)
    {
        ref Tombstone state = ref CollectionsMarshal.GetValueRefOrAddDefault(_tombs, tomb, out _);
        bool before = state.IsInForce;
        state.Lifts += change;
        if (before != state.IsInForce)
        {
            Shadow(state.Target, before ? -1 : 1);
        }
    }

    // Tombstones in force that name a record: more, or less.
    private void Shadow(int record, int change)
    {
        bool before = _records[record].IsShown;
        _records[record].Hiders += change;
        if (before && !_records[record].IsShown)
        {
            Hide(record);
        }
        else if (!before && _records[record].IsShown)
        {
            Show(record);
        }
    }

    private void AddRecord(in FoldInput item)
    {
        int handle = _records.FindOrAdd(item.Id);
        ref FoldRecord record = ref _records[handle];
        record.Kind = item.Kind;
        record.Height = item.Height;
        record.Sequence = item.Sequence;
        record.Key = item.Key;
        record.IsInline = item.IsInline;
        record.Arrival = _arrivals++;
        if (item.Kind == RecordKind.Receipt)
        {
            _claims[item.Id] = new FoldReceipt(EventId.ToCid(item.Id), item.Height, item.Key, (ReceiptBody)item.Body!);
        }

        if (item.Kind == RecordKind.Edge)
        {
            _edges.Add(handle);
        }
        else if (record.IsShown)
        {
            Show(handle);
        }
    }

    private void RemoveRecord(EventDigest id)
    {
        int handle = _records.Find(id);
        if (_records[handle].Kind == RecordKind.Edge)
        {
            _edges.Remove(handle);
        }
        else if (_records[handle].IsShown)
        {
            Hide(handle);
        }

        _claims.Remove(id);
        _records[handle].Kind = RecordKind.None;
        Forget(handle);
    }

    private void Forget(int record)
    {
        if (_records[record] is { Kind: RecordKind.None, Tombs: 0 })
        {
            _records.Remove(record);
        }
    }

    private void Show(int record)
    {
        switch (_records[record].Kind)
        {
            case RecordKind.Artifact:
                Span<byte> link = stackalloc byte[EventId.EncodedBytes];
                EventId.Encode(_records[record].Id, link);
                _artifacts.Put(link, record);
                _contents.Add(record);
                break;
            case RecordKind.Edge:
                _edges.Changed(record);
                break;
            default:
                _receipts.Add(_claims[_records[record].Id]);
                break;
        }
    }

    private void Hide(int record)
    {
        switch (_records[record].Kind)
        {
            case RecordKind.Artifact:
                Span<byte> link = stackalloc byte[EventId.EncodedBytes];
                EventId.Encode(_records[record].Id, link);
                _artifacts.Remove(link);
                _contents.Remove(record);
                break;
            case RecordKind.Edge:
                _edges.Changed(record);
                break;
            default:
                _receipts.Remove(_claims[_records[record].Id]);
                break;
        }
    }

    private void ForgetTomb(EventDigest tomb)
    {
        if (_tombs.TryGetValue(tomb, out Tombstone state) && state is { Target: < 0, Lifts: 0 })
        {
            _tombs.Remove(tomb);
        }
    }
}
