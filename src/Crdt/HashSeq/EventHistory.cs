using System.Runtime.InteropServices;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// The graph of the applied events, by their numbers: links, removals, heads, and what is shown of an author. Kept because views
/// of the past and blame need no block for it: about 60 bytes an event, 4 a link, 12 a removed range.
/// </summary>
internal sealed class EventHistory
{
    private readonly List<Record> _records = [];
    private readonly List<int> _links = [];
    private readonly List<EventRemoval> _removals = [];
    private readonly List<ReadOnlyMemory<byte>> _authors = [];
    private readonly Dictionary<EventDigest, int> _authorNumbers = [];
    private readonly BitTree _heads = new();

    /// <summary>Events that are visible.</summary>
    public int VisibleCount { get; private set; }

    /// <summary>Whether the event is more than a buffer of edits.</summary>
    public bool IsRecorded(int number) => number < _records.Count && _records[number].IsRecorded;

    public ulong HeightOf(int number) => _records[number].Height;

    public ulong AtOf(int number) => _records[number].At;

    public ReadOnlyMemory<byte> AuthorOf(int number) => _authors[_records[number].Author];

    public ReadOnlySpan<int> LinksOf(int number)
    {
        Record record = _records[number];
        return CollectionsMarshal.AsSpan(_links).Slice(record.LinkStart, record.LinkCount);
    }

    public ReadOnlySpan<EventRemoval> RemovalsOf(int number)
    {
        Record record = _records[number];
        return CollectionsMarshal.AsSpan(_removals).Slice(record.RemovalStart, record.RemovalCount);
    }

    /// <summary>Visible events that no visible event links.</summary>
    public IEnumerable<int> Heads()
    {
        for (int head = _heads.Ceiling(0); head >= 0; head = _heads.Ceiling(head + 1))
        {
            yield return head;
        }
    }

    /// <summary>An event that is visible now.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="applied">The event.</param>
    /// <param name="links">Numbers of its links; negative ones are not known here and are left out.</param>
    /// <param name="removals">What it removes; put in order here.</param>
    public void Add(int number, Event applied, ReadOnlySpan<int> links, Span<EventRemoval> removals)
    {
        while (_records.Count <= number)
        {
            _records.Add(default);
        }

        int linkStart = _links.Count;
        foreach (int link in links)
        {
            if (link >= 0)
            {
                _links.Add(link);
            }
        }

        int removalStart = _removals.Count;
        AddRemovals(removals);
        _records[number] = new Record
        {
            IsRecorded = true,
            Height = applied.Height,
            At = applied.At,
            Author = AuthorNumber(applied.Author),
            LinkStart = linkStart,
            LinkCount = _links.Count - linkStart,
            RemovalStart = removalStart,
            RemovalCount = _removals.Count - removalStart,
            VisibleChildren = _records[number].VisibleChildren,
        };
        Show(number);
    }

    /// <summary>The event became visible.</summary>
    public void Show(int number)
    {
        Span<Record> records = CollectionsMarshal.AsSpan(_records);
        VisibleCount++;
        if (records[number].VisibleChildren == 0)
        {
            _heads.Add(number);
        }

        foreach (int link in LinksOf(number))
        {
            if (records[link].VisibleChildren++ == 0)
            {
                _heads.Remove(link);
            }
        }
    }

    /// <summary>The event is visible no more; nothing visible links it.</summary>
    public void Hide(int number)
    {
        Span<Record> records = CollectionsMarshal.AsSpan(_records);
        VisibleCount--;
        _heads.Remove(number);
        foreach (int link in LinksOf(number))
        {
            if (--records[link].VisibleChildren == 0)
            {
                _heads.Add(link);
            }
        }
    }

    private void AddRemovals(Span<EventRemoval> removals)
    {
        removals.Sort();
        int first = _removals.Count;
        foreach (EventRemoval removal in removals)
        {
            if (_removals.Count > first && _removals[^1] is var last && last.Event == removal.Event && removal.Offset <= last.Offset + last.Count)
            {
                _removals[^1] = last with { Count = Math.Max(last.Count, removal.Offset + removal.Count - last.Offset) };
            }
            else
            {
                _removals.Add(removal);
            }
        }
    }

    private int AuthorNumber(ReadOnlyMemory<byte> author)
    {
        EventDigest key = EventGraph.KeyOf(author.Span);
        if (!_authorNumbers.TryGetValue(key, out int number))
        {
            number = _authors.Count;
            _authors.Add(author.ToArray()); // a copy: it outlives the block it came in
            _authorNumbers.Add(key, number);
        }

        return number;
    }

    private struct Record
    {
        public bool IsRecorded;
        public ulong Height;
        public ulong At;
        public int Author;
        public int LinkStart;
        public int LinkCount;
        public int RemovalStart;
        public int RemovalCount;
        public int VisibleChildren;
    }
}
