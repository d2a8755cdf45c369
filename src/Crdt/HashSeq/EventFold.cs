using System.Runtime.InteropServices;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>Puts an admitted event into the tree. Iterative; whatever the body says is bounded by its own length.</summary>
internal sealed class EventFold(ElementTree tree, EventTable events, RemovalIndex removals, EventHistory history) : IIntroductionSink
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly RemovalIndex _removals = removals;
    private readonly EventHistory _history = history;
    private readonly List<EventRemoval> _removed = [];
    private readonly SeqBody _body = new();
    private readonly SegmentList _segments = new();
    private readonly List<int> _dictionary = [];
    private readonly List<int> _extras = [];
    private int[] _scalars = new int[256];
    private int _number;
    private SpliceRecorder? _splices;

    /// <summary>Applies an event whose links are all applied and visible.</summary>
    /// <param name="applied">The event.</param>
    /// <param name="splices">Gets what changed, or null when nobody asks.</param>
    public void Apply(Event applied, SpliceRecorder? splices)
    {
        Read(applied);
        _splices = splices;
        _segments.Clear();
        _number = _events.Add(applied.Cid);
        for (int i = 0; i < _body.Runs.Count; i++)
        {
            ApplyRun(applied, i);
        }

        _events.SetSegments(_number, _segments.Segments);
        _removals.Introduced(_number);
        RemoveRanges(splices);
        _tree.Presence.Settle();
        Record(applied);
    }

    /// <summary>Notes an event without text: it is part of versions.</summary>
    public void ApplyOther(Event applied)
    {
        _number = _events.Add(applied.Cid);
        _events.SetSegments(_number, []);
        ReadDictionary(applied, applied.References);
        _history.Add(_number, applied, CollectionsMarshal.AsSpan(_dictionary)[1..], []);
    }

    /// <summary>Takes an applied event out again; nothing visible links it.</summary>
    public void Retract(Event retracted, int number, SpliceRecorder splices)
    {
        _number = number;
        _events.SetVisible(number, visible: false);
        _history.Hide(number);
        if (retracted.Type != SeqRules.TypeName)
        {
            return;
        }

        Read(retracted);
        (int first, int end) = _events.SegmentsOf(number);
        for (int i = first; i < end; i++)
        {
            ForEachUnintroduced(_events[i], splices);
        }

        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            _removals.Restore(NumberOf(range), (int)range.First.Offset, (int)range.Count, splices);
        }

        _tree.Presence.Settle();
    }

    /// <summary>Puts a retracted event back.</summary>
    public void Reapply(Event applied, int number, SpliceRecorder splices)
    {
        _number = number;
        _events.SetVisible(number, visible: true);
        _history.Show(number);
        if (applied.Type != SeqRules.TypeName)
        {
            return;
        }

        Read(applied);
        (int first, int end) = _events.SegmentsOf(number);
        for (int i = first; i < end; i++)
        {
            _tree.Presence.MakePresent(_events[i].Element, _events[i].Count, _tree.Removals, splices);
        }

        RemoveRanges(splices);
        _tree.Presence.Settle();
    }

    /// <inheritdoc/>
    public void Introduced(int start, int count, bool isNew)
    {
        _events.Introduce(_number, start, count, _segments.Count, isNew);
        _segments.Add(start, count);
        if (isNew)
        {
            _splices?.Inserted(_tree.LastOffset(), _tree.Text.Copy(start, count));
        }
        else
        {
            _tree.Presence.MakePresent(start, count, _tree.Removals, _splices);
            _tree.Presence.Settle();
        }
    }

    private void ForEachUnintroduced(Segment segment, SpliceRecorder splices)
    {
        int end = segment.Element + segment.Count;
        for (int at = segment.Element; at < end;)
        {
            bool introduced = _events.IsIntroduced(at, out int next);
            next = Math.Min(next, end);
            if (!introduced)
            {
                _tree.Presence.MakeAbsent(at, next - at, splices);
            }

            at = next;
        }
    }

    private void RemoveRanges(SpliceRecorder? splices)
    {
        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            _removals.Remove(NumberOf(range), (int)range.First.Offset, (int)range.Count, splices);
        }
    }

    private void Record(Event applied)
    {
        _removed.Clear();
        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            _removed.Add(new EventRemoval(NumberOf(range), (int)range.First.Offset, (int)range.Count));
        }

        _history.Add(_number, applied, CollectionsMarshal.AsSpan(_dictionary)[1..], CollectionsMarshal.AsSpan(_removed));
    }

    private int NumberOf(BodyRange range) => range.First.Event == 0 ? _number : _dictionary[(int)range.First.Event];

    private void Read(Event read)
    {
        InvalidReason reason = _body.Read(read.Body.Span);
        Invariant.Check(reason == InvalidReason.None, "an event that was not admitted");
        ReadDictionary(read, _body.References);
    }

    private void ReadDictionary(Event applied, IReadOnlyList<Cid> references)
    {
        _dictionary.Clear();
        _dictionary.Add(-1);
        if (!applied.Previous.IsNone)
        {
            _dictionary.Add(NumberOf(applied.Previous));
        }

        for (int i = 0; i < applied.Dependencies.Count; i++)
        {
            _dictionary.Add(NumberOf(applied.Dependencies[i]));
        }

        for (int i = 0; i < references.Count; i++)
        {
            _dictionary.Add(NumberOf(references[i]));
        }
    }

    private int NumberOf(Cid cid) => _events.TryGet(cid, out int number) ? number : -1;

    private void ApplyRun(Event applied, int index)
    {
        BodyRun run = _body.Runs[index];
        int anchor = run.Kind == 0 ? 0 : Resolve(run.Anchor);
        CollectExtras(applied, run, anchor);
        ReadOnlySpan<byte> text = applied.Body.Span.Slice(run.TextStart, run.TextBytes);
        if (_scalars.Length < text.Length)
        {
            _scalars = new int[text.Length];
        }

        int count = Utf8Scalars.Decode(text, _scalars);
        _tree.Introduce(
            new Slot(anchor, run.Kind == 2),
            CollectionsMarshal.AsSpan(_extras),
            _scalars.AsSpan(0, count),
            this);
    }

    /// <summary>The extra dependencies of the first element of a run, as a set without the anchor: aliases may coincide.</summary>
    private void CollectExtras(Event applied, in BodyRun run, int anchor)
    {
        _extras.Clear();
        if (run.FirstOffset == 0 && _body.IsUnique)
        {
            _extras.Add(_tree.Ids.SaltNumber(IdHash.Salt(applied.Author.Span, applied.Sequence)));
        }

        if (run.ExtrasCount < 0)
        {
            if (run.FirstOffset > 0)
            {
                AddExtra(_segments.Resolve(run.FirstOffset - 1), anchor);
            }

            return;
        }

        for (int i = 0; i < run.ExtrasCount; i++)
        {
            AddExtra(Resolve(_body.Extras[run.ExtrasStart + i]), anchor);
        }

        _extras.Sort();
    }

    private void AddExtra(int element, int anchor)
    {
        if (element != anchor && !_extras.Contains(element)) // at most 65
        {
            _extras.Add(element);
        }
    }

    private int Resolve(BodyElement element) =>
        element.Event == 0 ? _segments.Resolve((int)element.Offset) : _events.Resolve(_dictionary[(int)element.Event], (int)element.Offset);
}
