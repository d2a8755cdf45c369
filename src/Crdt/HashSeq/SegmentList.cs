namespace P2P.Crdt.HashSeq;

/// <summary>The elements of an event under construction, by offset.</summary>
internal sealed class SegmentList
{
    private readonly List<Segment> _segments = [];

    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>Elements so far: the offset of the next one.</summary>
    public int Count { get; private set; }

    public void Clear()
    {
        _segments.Clear();
        Count = 0;
    }

    public void Add(int element, int count)
    {
        if (_segments.Count > 0 && _segments[^1] is var last && last.Element + last.Count == element)
        {
            _segments[^1] = last with { Count = last.Count + count };
        }
        else
        {
            _segments.Add(new Segment(Count, element, count));
        }

        Count += count;
    }

    /// <summary>The element at an offset below <see cref="Count"/>.</summary>
    public int Resolve(int offset)
    {
        int low = 0;
        int high = _segments.Count - 1;
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

        return _segments[low].Element + (offset - _segments[low].Offset);
    }
}
