using System.Runtime.InteropServices;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// The numbers elements have in a snapshot: in the order in which the events, in canonical order, first introduce them; 0 is the
/// origin. A function of the set of events, unlike the numbers of an index. Events are numbered from 0.
/// </summary>
internal sealed class SnapshotNumbers
{
    private readonly List<int> _owners = [-1]; // by element: the event that introduces it first
    private readonly List<int> _offsets = [0]; // by element: its offset there
    private readonly List<Segment> _segments = [];
    private readonly List<int> _ends = []; // by event: one past its last segment
    private int _eventElements;
    private int _found; // segment of the last look-up

    /// <summary>The next number.</summary>
    public int Count => _owners.Count;

    public int EventCount => _ends.Count;

    /// <summary>Elements of the event under construction so far.</summary>
    public int EventElements => _eventElements;

    public int OwnerOf(int element) => _owners[element];

    public int OffsetOf(int element) => _offsets[element];

    /// <summary>Elements that a finished event introduces, aliases included.</summary>
    public int ElementsOf(int number)
    {
        int last = _ends[number] - 1;
        return last < StartOf(number) ? 0 : _segments[last].Offset + _segments[last].Count;
    }

    /// <summary>The event's next elements are new; the first one.</summary>
    public int AddNew(int count)
    {
        int start = Count;
        int owner = _ends.Count;
        CollectionsMarshal.SetCount(_owners, start + count);
        CollectionsMarshal.SetCount(_offsets, start + count);
        CollectionsMarshal.AsSpan(_owners)[start..].Fill(owner);
        Span<int> offsets = CollectionsMarshal.AsSpan(_offsets)[start..];
        for (int i = 0; i < count; i++)
        {
            offsets[i] = _eventElements + i;
        }

        AddSegment(start, count);
        return start;
    }

    /// <summary>The event's next elements existed.</summary>
    public void AddAlias(int element, int count) => AddSegment(element, count);

    public void EndEvent()
    {
        _ends.Add(_segments.Count);
        _eventElements = 0;
    }

    /// <summary>The element at an offset of an event, the one under construction included; −1 when there is none.</summary>
    public int Resolve(int number, int offset)
    {
        int low = StartOf(number);
        int end = number < _ends.Count ? _ends[number] : _segments.Count;
        for (int high = end - 1; low < high;)
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

        _found = low;
        return low < end && _segments[low] is var found && unchecked((uint)(offset - found.Offset)) < (uint)found.Count
            ? found.Element + (offset - found.Offset)
            : -1;
    }

    /// <summary>The element at an offset that exists, and how many offsets from there on are consecutive elements.</summary>
    public int Stretch(int number, int offset, out int count)
    {
        int element = Resolve(number, offset);
        Segment segment = _segments[_found];
        count = segment.Offset + segment.Count - offset;
        return element;
    }

    private int StartOf(int number) => number == 0 ? 0 : _ends[number - 1];

    private void AddSegment(int element, int count)
    {
        bool goesOn = _segments.Count > StartOf(_ends.Count) && _segments[^1].Element + _segments[^1].Count == element;
        if (goesOn)
        {
            _segments[^1] = _segments[^1] with { Count = _segments[^1].Count + count };
        }
        else
        {
            _segments.Add(new Segment(_eventElements, element, count));
        }

        _eventElements += count;
    }
}
