using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// The text of one document: the sequence CRDT, synchronous and single-threaded. Its visible text is a function of the
/// applied events and the local edits, whatever their order. Offsets are UTF-16 code units of the visible text.
/// </summary>
/// <remarks>Spec: hashseq. Every operation is O(log n) in the worst case, for any input admission lets through.</remarks>
public sealed class Sequence
{
    private readonly ElementTree _tree;
    private readonly EventTable _events = new();
    private readonly EventHistory _history = new();
    private readonly EventFold _fold;
    private readonly LocalEdits _local;
    private readonly Anchors _anchors;
    private readonly PastText _past;
    private readonly BlameReader _blame;
    private readonly SpliceRecorder _splices = new();

    /// <summary>An empty text.</summary>
    /// <param name="document">CID of the genesis block; every id depends on it.</param>
    public Sequence(Cid document)
    {
        Document = document;
        _tree = new ElementTree(document);
        RemovalIndex removals = new(_tree, _events);
        _fold = new EventFold(_tree, _events, removals, _history);
        _local = new LocalEdits(_tree, _events, removals, _history);
        _anchors = new Anchors(_tree, _events);
        _past = new PastText(_tree, _events, _history);
        _blame = new BlameReader(_tree, _events, _history);
    }

    /// <summary>CID of the genesis block.</summary>
    public Cid Document { get; }

    /// <summary>Visible UTF-16 units.</summary>
    public int Length => _tree.Order.Units;

    /// <summary>Whether local edits wait to be taken as an event.</summary>
    public bool HasPending => _local.HasPending;

    /// <summary>Whether a body was taken whose event is not known yet.</summary>
    public bool IsTaking => _local.InFlight >= 0;

    /// <summary>The frontier of the applied visible events: those that no other of them links. Pending edits are not part of it.</summary>
    public SeqVersion Version => new(_history.Heads().Select(_events.CidOf));

    /// <summary>Part of the visible text.</summary>
    /// <param name="range">UTF-16 units.</param>
    public string this[Range range]
    {
        get
        {
            (int offset, int length) = range.GetOffsetAndLength(Length);
            return string.Create(length, (this, offset), static (span, state) => state.Item1.CopyTo(state.offset, span));
        }
    }

    /// <summary>Element ids hashed so far; sequential editing hashes none.</summary>
    internal long IdsHashed => _tree.Ids.Hashed;

    /// <summary>Index nodes touched plus ids hashed.</summary>
    internal long Cost => _tree.Cost;

    internal ElementTree Tree => _tree;

    internal EventTable Events => _events;

    /// <summary>The visible text.</summary>
    public string GetText() => this[..];

    /// <summary>Reads the visible text piece by piece; do not change it meanwhile.</summary>
    public TextReader AsReader() => new SequenceReader(this);

    /// <summary>A place to edit at.</summary>
    /// <param name="offset">UTF-16 offset, the end included.</param>
    /// <exception cref="ArgumentException">The offset is outside or splits a surrogate pair.</exception>
    public SeqCursor Seek(int offset) => new(this, offset);

    /// <summary>
    /// A digest of order, ids and visibility of all elements: equal for equal sets of visible events, whatever happened on the way.
    /// Computes every id: O(n), for tests and checks.
    /// </summary>
    public ElementId GetStateHash() => StateHash.Compute(_tree);

    /// <summary>
    /// Writes the whole visible history, every event with its signature: the same set of visible events gives the same bytes on
    /// every replica, in the canonical form. Pending edits are not part of it.
    /// </summary>
    /// <param name="events">All visible events applied here, in any order: blocks are kept by a store, not by a text.</param>
    /// <param name="form">Plain, or compressed for disks and wires.</param>
    /// <exception cref="ArgumentException">An event is missing, not visible or not applied, or there is none.</exception>
    public byte[] ExportSnapshot(IEnumerable<Event> events, SnapshotForm form = SnapshotForm.Compressed)
    {
        List<Event> ordered = [.. events.DistinctBy(static e => e.Cid).OrderBy(static e => e.Height).ThenBy(static e => e.Cid)];
        if (ordered.Count == 0 || ordered.Count != _history.VisibleCount || !ordered.TrueForAll(IsVisible))
        {
            throw new ArgumentException("These are not the visible events of this text.", nameof(events));
        }

        return new SnapshotExporter(_tree, _events, _past).Write(Version, ordered, form);
    }

    /// <summary>Reads a snapshot: see <see cref="SnapshotLoader"/>, which takes it piece by piece. Never throws on its content.</summary>
    /// <param name="snapshot">All of it.</param>
    /// <param name="document">CID of the genesis block.</param>
    /// <param name="options">Limits; null = defaults.</param>
    /// <param name="imported">The text and its events, when the status is <see cref="SnapshotStatus.Valid"/>.</param>
    public static SnapshotStatus ImportSnapshot(ReadOnlySpan<byte> snapshot, Cid document, SnapshotOptions? options, out SeqImport? imported)
    {
        imported = null;
        SnapshotLoader loader = new(document, options ?? new SnapshotOptions());
        SnapshotStatus status = loader.Append(snapshot);
        return status == SnapshotStatus.Incomplete ? SnapshotStatus.Encoding : status == SnapshotStatus.Valid ? loader.Finish(out imported) : status;
    }

    /// <summary>Copies visible text.</summary>
    /// <param name="offset">First UTF-16 unit.</param>
    /// <param name="destination">Filled to its end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The text ends before.</exception>
    public void CopyTo(int offset, Span<char> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset, nameof(destination));
        TextCopier.Copy(_tree, offset, destination);
    }

    /// <summary>Inserts text typed here; it is visible at once and part of the next body.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="text">Without lone surrogates.</param>
    /// <exception cref="ArgumentException">The offset is outside or splits a surrogate pair, or the text is not well formed; nothing changed.</exception>
    public void Insert(int offset, ReadOnlySpan<char> text) => Insert(offset, text, InsertOptions.Shared);

    /// <summary>Inserts text typed here.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="options">Shared or unique.</param>
    /// <exception cref="ArgumentException">The offset is outside or splits a surrogate pair, or the text is not well formed; nothing changed.</exception>
    /// <exception cref="InvalidOperationException">A unique insertion while edits wait to be taken.</exception>
    public void Insert(int offset, ReadOnlySpan<char> text, InsertOptions options)
    {
        if (offset < 0 || offset > Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset));
        }

        WellFormed.Check(text, nameof(text));
        CheckBoundary(offset, nameof(offset));
        if (options.Salt is not null && HasPending)
        {
            throw new InvalidOperationException("A unique insertion starts an event: take the pending edits first.");
        }

        if (!text.IsEmpty)
        {
            _local.Insert(offset, text, options.Salt.GetValueOrDefault());
        }
    }

    /// <summary>Removes visible text.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="length">UTF-16 units.</param>
    /// <exception cref="ArgumentException">The range is outside or splits a surrogate pair; nothing changed.</exception>
    public void Delete(int offset, int length)
    {
        CheckRange(offset, length);
        if (length > 0)
        {
            _local.Delete(offset, length);
        }
    }

    /// <summary>Removes visible text and inserts other text in its place.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="length">UTF-16 units to remove.</param>
    /// <param name="text">Without lone surrogates.</param>
    /// <exception cref="ArgumentException">As for <see cref="Delete"/> and <see cref="Insert(int, ReadOnlySpan{char})"/>; nothing changed.</exception>
    public void Replace(int offset, int length, ReadOnlySpan<char> text)
    {
        CheckRange(offset, length);
        WellFormed.Check(text, nameof(text));
        if (length > 0)
        {
            _local.Delete(offset, length);
        }

        if (!text.IsEmpty)
        {
            _local.Insert(offset, text, default);
        }
    }

    /// <summary>
    /// Applies an admitted event whose links are all applied. One applied before changes nothing; those of other types change no
    /// text, but belong to versions: apply them too.
    /// </summary>
    /// <param name="applied">The event.</param>
    /// <returns>What changed in the visible text, in order; valid until the next call.</returns>
    public IReadOnlyList<Splice> Apply(Event applied)
    {
        _splices.Clear();
        if (_events.TryGet(applied.Cid, out int number))
        {
            if (!_events.IsVisible(number))
            {
                _local.LoseCaret();
                _fold.Reapply(applied, number, _splices);
            }

            return _splices.Splices;
        }

        if (_local.InFlightContext is { } context && context.Sequence == applied.Sequence && context.Author.Span.SequenceEqual(applied.Author.Span))
        {
            _local.Commit(applied); // our own: in the text since it was typed
            return _splices.Splices;
        }

        if (applied.Type != SeqRules.TypeName)
        {
            _fold.ApplyOther(applied);
            return _splices.Splices;
        }

        _local.LoseCaret();
        _fold.Apply(applied, _splices);
        return _splices.Splices;
    }

    /// <summary>Applies an admitted event whose links are all applied and that is new, and reports nothing.</summary>
    internal void ApplyNew(Event applied)
    {
        if (applied.Type == SeqRules.TypeName)
        {
            _fold.Apply(applied, null);
        }
        else
        {
            _fold.ApplyOther(applied);
        }
    }

    /// <summary>Takes an applied event out of the visible text: it left the visible set. It may be applied again.</summary>
    /// <param name="retracted">The event; nothing visible links it.</param>
    /// <returns>What changed in the visible text, in order; valid until the next call.</returns>
    /// <remarks>Pending edits are made again on what is left: they might rest on the event.</remarks>
    public IReadOnlyList<Splice> Retract(Event retracted)
    {
        _splices.Clear();
        if (_events.TryGet(retracted.Cid, out int number) && _events.IsVisible(number))
        {
            LiftedEdits? lifted = HasPending ? _local.Lift(_splices) : null;
            _local.LoseCaret();
            _fold.Retract(retracted, number, _splices);
            if (lifted is not null)
            {
                _local.Redo(lifted, _splices);
            }
        }

        return _splices.Splices;
    }

    /// <summary>
    /// Cuts pending edits into the body of an event. When they are too many for one event some stay pending: ask
    /// <see cref="HasPending"/> again after the event was committed.
    /// </summary>
    /// <param name="context">Where the event will stand; its links must include all events applied here that no other links.</param>
    /// <returns>Canonical DAG-CBOR, or null when nothing is pending.</returns>
    /// <exception cref="InvalidOperationException">The event of the body taken before is not committed yet.</exception>
    public byte[]? TakeBody(AppendContext context)
    {
        if (IsTaking)
        {
            throw new InvalidOperationException("The event of the body taken before must be committed first.");
        }

        return HasPending ? _local.Take(context) : null;
    }

    /// <summary>Binds the elements of the body taken last to its event. <see cref="Apply"/> of that event does the same.</summary>
    /// <param name="committed">The event.</param>
    public void Commit(Event committed) => _local.Commit(committed);

    /// <summary>Binds a place to the text around it.</summary>
    /// <param name="offset">UTF-16 offset, the end included.</param>
    /// <param name="bias">Which neighbour it stays with.</param>
    /// <exception cref="ArgumentException">The offset is outside or splits a surrogate pair.</exception>
    public SeqAnchor CreateAnchor(int offset, Bias bias)
    {
        CheckRange(offset, 0);
        return bias switch
        {
            Bias.Left => new SeqAnchor(offset == 0 ? 0 : _local.ElementAt(offset - 1), bias),
            Bias.Right => new SeqAnchor(offset == Length ? -1 : _local.ElementAt(offset), bias),
            _ => throw new ArgumentOutOfRangeException(nameof(bias)),
        };
    }

    /// <summary>Where an anchor is now. When its neighbour was removed: where that was.</summary>
    /// <param name="anchor">Made by this sequence.</param>
    public int Resolve(SeqAnchor anchor) => anchor.Bias == Bias.None ? throw new ArgumentException("No anchor.", nameof(anchor)) : _anchors.Resolve(anchor);

    /// <summary>Writes an anchor for any replica of the document.</summary>
    /// <param name="anchor">Made by this sequence.</param>
    /// <param name="destination">At least <see cref="SeqAnchor.BytesMax"/> bytes.</param>
    /// <returns>Bytes written; 0 while its neighbour is in no event yet.</returns>
    public int WriteAnchor(SeqAnchor anchor, Span<byte> destination) => _anchors.Write(anchor, destination);

    /// <summary>Reads an anchor. Never throws.</summary>
    /// <param name="source">Exactly the bytes that were written.</param>
    /// <param name="anchor">The anchor.</param>
    /// <returns>False when it is malformed or its event is not applied here.</returns>
    public bool TryReadAnchor(ReadOnlySpan<byte> source, out SeqAnchor anchor) => _anchors.TryRead(source, out anchor);

    /// <summary>Every introduction of the element at a visible offset: who typed it.</summary>
    /// <param name="offset">UTF-16 offset below <see cref="Length"/>.</param>
    public IReadOnlyList<Introduction> GetIntroductions(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, Length);
        List<(int Event, int Offset)> found = [];
        _events.CopyIntroductions(_local.ElementAt(offset), found, out _);
        return [.. found.Select(i => new Introduction(_events.CidOf(i.Event), i.Offset, _events.IsVisible(i.Event)))];
    }

    /// <summary>Who wrote a range, in which event, when by their own clock.</summary>
    /// <param name="offset">UTF-16 offset.</param>
    /// <param name="length">UTF-16 units.</param>
    /// <returns>Stretches in order; together they are the range.</returns>
    /// <exception cref="ArgumentException">The range is outside or splits a surrogate pair.</exception>
    public IReadOnlyList<Attribution> Blame(int offset, int length)
    {
        CheckRange(offset, length);
        return _blame.Read(offset, _local.ElementsOf(offset, length));
    }

    /// <summary>The text at a version, also on a branch or one that is retracted now. Pending edits are in none.</summary>
    /// <param name="version">A frontier of applied events.</param>
    /// <returns>The text, or which events are missing. O(events + elements).</returns>
    public SeqSnapshot ViewAt(SeqVersion version) => _past.View(version);

    /// <summary>What changed between two versions, in either direction.</summary>
    /// <param name="from">A frontier of applied events.</param>
    /// <param name="to">A frontier of applied events.</param>
    /// <returns>Splices, or which events are missing. O(events + elements).</returns>
    public SeqDiff Diff(SeqVersion from, SeqVersion to) => _past.Diff(from, to);

    /// <summary>The id of the element at a visible offset; computed on demand.</summary>
    /// <param name="offset">UTF-16 offset below <see cref="Length"/>.</param>
    public ElementId GetId(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, Length);
        return _tree.Ids.Of(_local.ElementAt(offset));
    }

    /// <summary>The elements of a visible range, as intervals in document order.</summary>
    internal List<(int Start, int Count)> ElementsOf(int offset, int length) => _local.ElementsOf(offset, length);

    /// <summary>The text of elements, removed or not.</summary>
    internal string TextOf(int start, int count) => _tree.Text.Copy(start, count);

    /// <summary>Inserts right after an element, removed or not; the offset.</summary>
    internal int InsertAfterElement(int element, string text) => _local.InsertAfterElement(element, text);

    /// <summary>The first part of an interval of elements that is uniform: where it is, how long when it is visible and ours alone, and where the next begins.</summary>
    internal (int Offset, int Units, int Next) OwnVisiblePart(int start, int end) => _local.OwnVisiblePart(start, end);

    private bool IsVisible(Event applied) => _events.TryGet(applied.Cid, out int number) && _events.IsVisible(number);

    private void CheckRange(int offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset));
        }

        CheckBoundary(offset, nameof(offset));
        CheckBoundary(offset + length, nameof(length));
    }

    private void CheckBoundary(int offset, string name)
    {
        if (_tree.Text.HasAny && offset > 0 && offset < Length)
        {
            Place place = _tree.Order.Seek(offset, out int within);
            _tree.Text.ElementsIn(_tree.Order.StartOf(place), Entry.Length(_tree.Order.MetaOf(place)), within, out bool split);
            if (split)
            {
                throw new ArgumentException("Inside a surrogate pair.", name);
            }
        }
    }
}
