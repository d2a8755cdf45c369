using System.Runtime.InteropServices;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>Edits of this replica: into the text at once, into events when a body is taken.</summary>
/// <remarks>Spec: hashseq, sections 5 and 8.</remarks>
internal sealed class LocalEdits(ElementTree tree, EventTable events, RemovalIndex removals, EventHistory history) : IIntroductionSink
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly RemovalIndex _removals = removals;
    private readonly PendingEdits _pending = new();
    private readonly SeqBodyWriter _writer = new(tree, events);
    private readonly PendingLifter _lifter = new(tree, events);
    private readonly List<int> _extras = [];
    private readonly EventHistory _history = history;
    private readonly List<int> _links = []; // of the event in flight
    private readonly List<EventRemoval> _removed = []; // by the event in flight

    // The caret: the entry that ends with the newest element, while nothing else has happened.
    private int _caretOffset = -1;
    private Place _caretPlace;
    private int _caretRun;
    private Slot _slot;
    private int _firstIntroduced;
    private int _lastIntroduced;
    private bool _isFresh; // the last text is new elements: what came back stands where it stood, and nothing was placed
    private int _typed; // characters typed at the caret that the buffer does not count yet

    /// <summary>Number of the event that was taken and is not bound to its CID; −1 = none.</summary>
    public int InFlight { get; private set; } = -1;

    /// <summary>Where the event in flight stands.</summary>
    public AppendContext? InFlightContext { get; private set; }

    public bool HasPending => _typed > 0 || !_pending.IsEmpty;

    /// <summary>The index changed: the caret is no longer where it was.</summary>
    public void LoseCaret()
    {
        Settle();
        _caretOffset = -1;
    }

    /// <summary>Inserts valid UTF-16 at an offset that splits no pair.</summary>
    /// <param name="offset">Within the text.</param>
    /// <param name="text">Not empty, well formed.</param>
    /// <param name="salt">Of a unique insertion, or default.</param>
    public void Insert(int offset, ReadOnlySpan<char> text, ElementId salt)
    {
        if (offset == _caretOffset && text.Length == 1 && _tree.Frontier.Count == 1 && salt == default)
        {
            _tree.TypeOne(_caretPlace, _caretRun, text[0]);
            _caretOffset++;
            _typed++;
            return;
        }

        LoseCaret();
        InsertAfter(offset == 0 ? 0 : ElementAt(offset - 1), text, salt);
        if (_isFresh)
        {
            _caretPlace = _tree.LastPlace;
            _caretRun = _tree.Runs.Of(_tree.Text.Count - 1);
            _caretOffset = offset + text.Length;
        }
    }

    /// <summary>Inserts where a removed element was, exactly: among tombstones a visible offset says too little.</summary>
    /// <returns>The offset of the text.</returns>
    public int InsertAfterElement(int element, ReadOnlySpan<char> text)
    {
        LoseCaret();
        return _lifter.OffsetOf(InsertAfter(element, text, default));
    }

    /// <returns>The first element.</returns>
    private int InsertAfter(int anchor, ReadOnlySpan<char> text, ElementId salt)
    {
        Slot slot = _tree.SlotAfter(anchor);
        _tree.Frontier.Extras(slot.Anchor, _extras);
        if (salt != default)
        {
            _extras.Insert(0, _tree.Ids.SaltNumber(salt));
            _pending.Salt = salt;
        }

        return Introduce(slot, text);
    }

    /// <inheritdoc/>
    public void Introduced(int start, int count, bool isNew)
    {
        _tree.Presence.MakePresent(start, count, _tree.Removals, null);
        _tree.Presence.Settle();
        Slot slot = new(_lastIntroduced, IsLeft: false);
        _firstIntroduced = _lastIntroduced < 0 ? start : _firstIntroduced;
        Buffer(_lastIntroduced < 0 ? new PendingRun(start, count, _slot, _tree.Runs.Keep(CollectionsMarshal.AsSpan(_extras))) : new PendingRun(start, count, slot, -1), isNew);
        _lastIntroduced = start + count - 1;
    }

    /// <summary>Removes visible text; neither end splits a pair.</summary>
    public void Delete(int offset, int length)
    {
        LoseCaret();
        while (length > 0)
        {
            Place place = _tree.Order.Seek(offset, out int within);
            int start = _tree.Order.StartOf(place);
            int count = Entry.Length(_tree.Order.MetaOf(place));
            int skipped = _tree.Text.ElementsIn(start, count, within, out _);
            int units = Math.Min(length, _tree.Text.Units(start, count) - within);
            int taken = _tree.Text.ElementsIn(start + skipped, count - skipped, units, out _);
            _tree.Removals.Hide(place, start + skipped, taken, null);
            _pending.Remove(start + skipped, taken);
            length -= units;
        }
    }

    /// <summary>Takes pending edits out of the text before a retraction.</summary>
    public LiftedEdits Lift(SpliceRecorder splices)
    {
        LoseCaret();
        return _lifter.Lift(_pending, splices);
    }

    /// <summary>Makes lifted edits again.</summary>
    public void Redo(LiftedEdits lifted, SpliceRecorder splices)
    {
        foreach ((int start, int count) in lifted.Removals)
        {
            RemoveVisible(start, count, splices);
        }

        foreach ((int element, string text) in lifted.Texts)
        {
            int offset = _lifter.OffsetOf(element);
            Insert(offset, text, _pending.Runs.Count == 0 && _typed == 0 ? lifted.Salt : default);
            splices.Inserted(offset, text);
        }

        LoseCaret();
    }

    /// <summary>The element that holds a visible unit.</summary>
    public int ElementAt(int unit)
    {
        Place place = _tree.Order.Seek(unit, out int within);
        int start = _tree.Order.StartOf(place);
        return start + _tree.Text.ElementsIn(start, Entry.Length(_tree.Order.MetaOf(place)), within, out _);
    }

    /// <summary>The elements of a visible range, as intervals in document order.</summary>
    public List<(int Start, int Count)> ElementsOf(int offset, int length)
    {
        List<(int Start, int Count)> elements = [];
        while (length > 0)
        {
            Place place = _tree.Order.Seek(offset, out int within);
            int start = _tree.Order.StartOf(place);
            int count = Entry.Length(_tree.Order.MetaOf(place));
            int skipped = _tree.Text.ElementsIn(start, count, within, out _);
            int units = Math.Min(length, _tree.Text.Units(start, count) - within);
            elements.Add((start + skipped, _tree.Text.ElementsIn(start + skipped, count - skipped, units, out _)));
            offset += units;
            length -= units;
        }

        return elements;
    }

    /// <summary>See <see cref="Sequence.OwnVisiblePart"/>.</summary>
    public (int Offset, int Units, int Next) OwnVisiblePart(int start, int end)
    {
        Settle();
        Place place = _tree.Order.Find(start);
        int first = _tree.Order.StartOf(place);
        int meta = _tree.Order.MetaOf(place);
        bool own = _events.IsLocalOnly(start, out int next);
        next = Math.Min(Math.Min(next, end), first + Entry.Length(meta));
        bool visible = Entry.Kind(meta) == Entry.Visible;
        int offset = _tree.Order.OffsetOf(place) + (visible ? _tree.Text.Units(first, start - first) : 0);
        return (offset, own && visible ? _tree.Text.Units(start, next - start) : 0, next);
    }

    /// <summary>Cuts buffered edits into a body; what does not fit in one event stays buffered.</summary>
    public byte[] Take(AppendContext context)
    {
        LoseCaret();
        if (_pending.Event < 0)
        {
            _pending.Event = _events.AddLocal();
        }

        byte[] body = _writer.Write(_pending, context);
        InFlight = _pending.Event;
        InFlightContext = context;
        if (_writer.RunsTaken == _pending.Runs.Count && _writer.RemovalsTaken == _pending.Removals.Count
            && (_writer.RunsTaken == 0 || _writer.LastRunCount == _pending.Runs[^1].Count))
        {
            _events.SetSegments(_pending.Event, _pending.Segments.Segments);
            _pending.Clear();
        }
        else
        {
            KeepRest();
        }

        _removals.Introduced(InFlight);
        _writer.CopyLinks(_links);
        _removed.Clear();
        foreach ((int number, int offset, int count) in _writer.RemovedParts)
        {
            _removals.Note(number, offset, count);
            _removed.Add(new EventRemoval(number, offset, count));
        }

        return body;
    }

    /// <summary>The event in flight exists.</summary>
    public void Commit(Event committed)
    {
        Invariant.Check(InFlight >= 0, "no body was taken");
        _events.Bind(InFlight, committed.Cid);
        _history.Add(InFlight, committed, CollectionsMarshal.AsSpan(_links), CollectionsMarshal.AsSpan(_removed));
        InFlight = -1;
        InFlightContext = null;
    }

    private void RemoveVisible(int start, int count, SpliceRecorder splices)
    {
        for (int at = start, end = start + count; at < end;)
        {
            Place place = _tree.Order.Find(at);
            int meta = _tree.Order.MetaOf(place);
            int take = Math.Min(end, _tree.Order.StartOf(place) + Entry.Length(meta)) - at;
            if (Entry.Kind(meta) == Entry.Visible)
            {
                _tree.Removals.Hide(place, at, take, splices);
                _pending.Remove(at, take);
            }

            at += take;
        }
    }

    private int Introduce(Slot slot, ReadOnlySpan<char> text)
    {
        Span<int> extras = CollectionsMarshal.AsSpan(_extras);
        if (_tree.HasChildren(slot))
        {
            // Only elements of retracted events can be there (spec, section 5), and one of them may be the very same.
            int[] scalars = [.. text.ToString().EnumerateRunes().Select(static rune => rune.Value)];
            _slot = slot;
            _isFresh = false;
            _lastIntroduced = -1;
            _tree.Introduce(slot, extras, scalars, this);
            return _firstIntroduced;
        }

        _isFresh = true;
        int start = _tree.Text.Count;
        _tree.Text.Append(text);
        int kept = _tree.IntroduceFresh(slot, extras, start);
        Buffer(new PendingRun(start, _tree.Text.Count - start, slot, kept), isNew: true);
        return start;
    }

    private void Buffer(PendingRun run, bool isNew)
    {
        if (_pending.Event < 0)
        {
            _pending.Event = _events.AddLocal();
        }

        _events.Introduce(_pending.Event, run.Start, run.Count, _pending.Segments.Count, isNew);
        _pending.Insert(run);
    }

    /// <summary>Lets the buffer count what was typed at the caret.</summary>
    private void Settle()
    {
        if (_typed > 0)
        {
            int start = _tree.Text.Count - _typed;
            int typed = _typed;
            _typed = 0;
            Buffer(new PendingRun(start, typed, new Slot(start - 1, IsLeft: false), -1), isNew: true);
        }
    }

    /// <summary>The buffer was too large for one event: what is left becomes the next one.</summary>
    private void KeepRest()
    {
        SegmentList taken = new();
        List<PendingRun> rest = [];
        for (int i = 0; i < _pending.Runs.Count; i++)
        {
            PendingRun run = _pending.Runs[i];
            int count = i < _writer.RunsTaken - 1 ? run.Count : i == _writer.RunsTaken - 1 ? _writer.LastRunCount : 0;
            taken.Add(run.Start, count);
            if (count < run.Count)
            {
                rest.Add(count == 0 ? run : new PendingRun(run.Start + count, run.Count - count, new Slot(run.Start + count - 1, IsLeft: false), -1));
            }
        }

        List<(int Start, int Count)> removals = _pending.Removals[_writer.RemovalsTaken..];
        int closed = _pending.Event;
        _events.SetSegments(closed, taken.Segments);
        _pending.Clear();
        _pending.Removals.AddRange(removals);
        if (rest.Count > 0)
        {
            _pending.Event = _events.AddLocal();
        }

        foreach (PendingRun run in rest)
        {
            _events.Reassign(closed, _pending.Event, run.Start, run.Count, _pending.Segments.Count);
            _pending.Insert(run);
        }
    }
}
