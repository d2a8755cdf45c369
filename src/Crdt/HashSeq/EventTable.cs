using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Events by number, and both directions between (event, offset) and elements. An element may have many introductions:
/// intervals of elements with equal introductions share one list.
/// </summary>
internal sealed class EventTable
{
    private const int NoList = -1;

    /// <summary>Introductions looked at for one that is cited already: a thousand copies of a text must not make citing it slow.</summary>
    private const int LooksMax = 8;

    private readonly Dictionary<Cid, int> _numbers = [];
    private readonly List<EventRecord> _events = [];
    private readonly List<Segment> _segments = [];
    private readonly ElementMap _lists = new(); // start of an interval of elements -> first node
    private readonly List<Node> _nodes = [];
    private int _introductions;

    public int Count => _events.Count;

    public Cid CidOf(int number) => _events[number].Cid;

    public bool IsVisible(int number) => _events[number].IsVisible;

    /// <summary>Number of the event's first introduction among those of all events.</summary>
    public int BaseOf(int number) => _events[number].Base;

    public int ElementCount(int number) => _events[number].Count;

    public bool TryGet(Cid cid, out int number) => _numbers.TryGetValue(cid, out number);

    /// <summary>A new visible event.</summary>
    public int Add(Cid cid)
    {
        _numbers.Add(cid, _events.Count);
        _events.Add(new EventRecord { Cid = cid, IsVisible = true });
        return _events.Count - 1;
    }

    /// <summary>A new visible event of edits made here; its CID is bound later.</summary>
    public int AddLocal()
    {
        _events.Add(new EventRecord { IsLocal = true, IsVisible = true });
        return _events.Count - 1;
    }

    public void Bind(int number, Cid cid)
    {
        _events[number] = _events[number] with { Cid = cid };
        _numbers.Add(cid, number);
    }

    public void SetVisible(int number, bool visible) => _events[number] = _events[number] with { IsVisible = visible };

    /// <summary>Sets which elements the offsets of an event are.</summary>
    public void SetSegments(int number, IReadOnlyList<Segment> segments)
    {
        int count = segments.Count == 0 ? 0 : segments[^1].Offset + segments[^1].Count;
        _events[number] = _events[number] with { SegmentStart = _segments.Count, SegmentCount = segments.Count, Count = count, Base = _introductions };
        _introductions += count;
        for (int i = 0; i < segments.Count; i++)
        {
            _segments.Add(segments[i]);
        }
    }

    /// <summary>The element at an offset that exists.</summary>
    public int Resolve(int number, int offset)
    {
        Segment segment = _segments[SegmentAt(number, offset)];
        return segment.Element + (offset - segment.Offset);
    }

    /// <summary>Index of the segment that holds the offset, for <see cref="this[int]"/>.</summary>
    public int SegmentAt(int number, int offset)
    {
        EventRecord record = _events[number];
        int low = record.SegmentStart;
        int high = record.SegmentStart + record.SegmentCount - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_segments[middle].Offset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    public Segment this[int segment] => _segments[segment];

    public (int First, int End) SegmentsOf(int number)
    {
        EventRecord record = _events[number];
        return (record.SegmentStart, record.SegmentStart + record.SegmentCount);
    }

    /// <summary>Notes that an event introduces elements [element, element + count) from this offset on.</summary>
    /// <param name="number">The event.</param>
    /// <param name="element">First element.</param>
    /// <param name="count">How many.</param>
    /// <param name="offset">Of the first one in the event.</param>
    /// <param name="isNewest">Nothing has these numbers or higher ones yet.</param>
    public void Introduce(int number, int element, int count, int offset, bool isNewest)
    {
        int shift = offset - element;
        if (isNewest)
        {
            if (_lists.Floor(element, out int last) < 0 || last == NoList || _nodes[last] != new Node(number, shift, NoList))
            {
                _lists.Set(element, AddNode(number, shift, NoList));
            }

            return;
        }

        int end = element + count;
        Cut(element);
        Cut(end);
        for (int at = element; at >= 0 && at < end; at = _lists.Ceiling(at + 1))
        {
            // The first introduction stays in front: it is the one most likely to be in a dictionary.
            int first = _lists.Get(at, NoList);
            int added = AddNode(number, shift, first == NoList ? NoList : _nodes[first].Next);
            _lists.Set(at, first == NoList ? added : AddNode(_nodes[first].Event, _nodes[first].Shift, added));
        }
    }

    /// <summary>Moves introductions of elements from one event to another (a buffer cut into two events).</summary>
    public void Reassign(int from, int to, int element, int count, int offset)
    {
        int end = element + count;
        Cut(element);
        Cut(end);
        for (int at = element; at >= 0 && at < end; at = _lists.Ceiling(at + 1))
        {
            int list = NoList;
            for (int node = _lists.Get(at, NoList); node != NoList; node = _nodes[node].Next)
            {
                if (_nodes[node].Event != from)
                {
                    list = AddNode(_nodes[node].Event, _nodes[node].Shift, list);
                }
            }

            _lists.Set(at, AddNode(to, offset - element, list));
        }
    }

    /// <summary>A visible introduction of the element, if possible by an event that needs no further citation.</summary>
    /// <param name="element">The element.</param>
    /// <param name="cited">Events already in the dictionary.</param>
    /// <param name="end">The same holds for all elements up to here, exclusive.</param>
    /// <returns>Event −1 when there is none.</returns>
    public (int Event, int Offset) VisibleIntroduction(int element, Dictionary<int, uint> cited, out int end)
    {
        _lists.Floor(element, out int node);
        end = _lists.Ceiling(element + 1);
        end = end < 0 ? int.MaxValue : end;
        (int Event, int Offset) found = (-1, 0);
        for (int looked = 0; node != NoList && (looked < LooksMax || found.Event < 0); node = _nodes[node].Next)
        {
            int number = _nodes[node].Event;
            if (!_events[number].IsVisible)
            {
                continue;
            }

            looked++;
            if (cited.ContainsKey(number))
            {
                return (number, element + _nodes[node].Shift);
            }

            found = found.Event < 0 ? (number, element + _nodes[node].Shift) : found;
        }

        return found;
    }

    /// <summary>Whether a visible event introduces the element; the same holds up to <paramref name="end"/>, exclusive.</summary>
    public bool IsIntroduced(int element, out int end)
    {
        _lists.Floor(element, out int node);
        end = _lists.Ceiling(element + 1);
        end = end < 0 ? int.MaxValue : end;
        while (node != NoList && !_events[_nodes[node].Event].IsVisible)
        {
            node = _nodes[node].Next;
        }

        return node != NoList;
    }

    /// <summary>Whether only edits made here introduce the element; the same holds up to <paramref name="end"/>, exclusive.</summary>
    public bool IsLocalOnly(int element, out int end)
    {
        _lists.Floor(element, out int node);
        end = _lists.Ceiling(element + 1);
        end = end < 0 ? int.MaxValue : end;
        while (node != NoList && _events[_nodes[node].Event].IsLocal)
        {
            node = _nodes[node].Next;
        }

        return node == NoList;
    }

    /// <summary>All introductions of an element; the events are the same up to <paramref name="end"/>, exclusive.</summary>
    public void CopyIntroductions(int element, List<(int Event, int Offset)> introductions, out int end)
    {
        introductions.Clear();
        _lists.Floor(element, out int node);
        end = _lists.Ceiling(element + 1);
        end = end < 0 ? int.MaxValue : end;
        for (; node != NoList; node = _nodes[node].Next)
        {
            introductions.Add((_nodes[node].Event, element + _nodes[node].Shift));
        }
    }

    private int AddNode(int number, int shift, int next)
    {
        _nodes.Add(new Node(number, shift, next));
        return _nodes.Count - 1;
    }

    /// <summary>Makes an interval start here.</summary>
    private void Cut(int element)
    {
        int start = _lists.Floor(element, out int node);
        if (start >= 0 && start < element)
        {
            _lists.Set(element, node);
        }
    }

    private readonly record struct EventRecord(Cid Cid, bool IsLocal, bool IsVisible, int SegmentStart, int SegmentCount, int Count, int Base);

    private readonly record struct Node(int Event, int Shift, int Next);
}
