using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>Finds who wrote elements.</summary>
internal sealed class BlameReader(ElementTree tree, EventTable events, EventHistory history)
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly EventHistory _history = history;
    private readonly List<(int Event, int Offset)> _introductions = [];

    /// <summary>Attributes visible elements.</summary>
    /// <param name="offset">UTF-16 offset of the first.</param>
    /// <param name="elements">Intervals in document order.</param>
    public List<Attribution> Read(int offset, List<(int Start, int Count)> elements)
    {
        List<Attribution> found = [];
        foreach ((int start, int count) in elements)
        {
            for (int at = start, end = start + count; at < end;)
            {
                int number = First(at, out int next);
                next = Math.Min(next, end);
                int units = _tree.Text.Units(at, next - at);
                Add(found, offset, units, number);
                offset += units;
                at = next;
            }
        }

        return found;
    }

    private void Add(List<Attribution> found, int offset, int units, int number)
    {
        Cid cid = number < 0 ? default : _events.CidOf(number);
        if (found.Count > 0 && found[^1].Event == cid)
        {
            found[^1] = found[^1] with { Length = found[^1].Length + units };
        }
        else
        {
            found.Add(number < 0 ? new Attribution(offset, units, default, default, 0)
                : new Attribution(offset, units, cid, _history.AuthorOf(number), _history.AtOf(number)));
        }
    }

    /// <summary>The visible event with the smallest (height, CID) that introduces the element, or −1.</summary>
    private int First(int element, out int end)
    {
        _events.CopyIntroductions(element, _introductions, out end);
        int first = -1;
        foreach ((int number, _) in _introductions)
        {
            if (_events.IsVisible(number) && _history.IsRecorded(number) && (first < 0 || Compare(number, first) < 0))
            {
                first = number;
            }
        }

        return first;
    }

    private int Compare(int left, int right)
    {
        int byHeight = _history.HeightOf(left).CompareTo(_history.HeightOf(right));
        return byHeight != 0 ? byHeight : _events.CidOf(left).CompareTo(_events.CidOf(right));
    }
}
