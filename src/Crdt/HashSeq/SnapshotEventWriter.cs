using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>Writes what events are around their bodies: author, time, links, type.</summary>
internal sealed class SnapshotEventWriter
{
    private readonly SnapshotColumns _columns;
    private readonly List<Event> _events;
    private readonly Dictionary<Cid, int> _positions;
    private readonly List<EventDigest> _authors;
    private readonly List<string> _types;
    private readonly Dictionary<EventDigest, int> _authorNumbers = [];
    private readonly int[] _last; // by author: position of the last event so far
    private ulong _at;

    public SnapshotEventWriter(SnapshotColumns columns, List<Event> events, Dictionary<Cid, int> positions)
    {
        _columns = columns;
        _events = events;
        _positions = positions;
        _authors = [.. events.Select(static e => EventGraph.KeyOf(e.Author.Span)).Distinct().OrderBy(static k => k.ToString(), StringComparer.Ordinal)];
        _types = [.. events.Select(static e => e.Type).Where(static t => t != SeqRules.TypeName).Distinct().Order(StringComparer.Ordinal)];
        for (int i = 0; i < _authors.Count; i++)
        {
            _authorNumbers.Add(_authors[i], i);
        }

        _last = new int[_authors.Count];
        Array.Fill(_last, -1);
    }

    /// <summary>Author, time, previous event and dependencies; the flags that say which of them are there.</summary>
    public int WriteLinks(int position)
    {
        Event written = _events[position];
        int author = _authorNumbers[EventGraph.KeyOf(written.Author.Span)];
        _columns[SnapshotSection.EventAuthors].Number(author);
        _columns[SnapshotSection.Times].SignedWide(unchecked((long)(written.At - _at)));
        _at = written.At;
        int flags = 0;
        int previous = written.Previous.IsNone ? -1 : _positions[written.Previous];
        if (previous != _last[author])
        {
            flags |= SnapshotFlags.HasPrevious;
            _columns[SnapshotSection.Links].Number(previous < 0 ? 0 : position - previous);
        }

        _last[author] = position;
        if (written.Dependencies.Count > 0)
        {
            flags |= SnapshotFlags.HasDependencies;
            WriteDistances(_columns[SnapshotSection.Links], position, written.Dependencies.Select(d => _positions[d]));
        }

        return flags;
    }

    public void WriteOther(Event written)
    {
        ColumnWriter bodies = _columns[SnapshotSection.Bodies];
        bodies.Number(_types.BinarySearch(written.Type, StringComparer.Ordinal));
        bodies.Number(written.Body.Length);
        bodies.Bytes(written.Body.Span);
    }

    public void WriteTables()
    {
        foreach (EventDigest author in _authors)
        {
            _columns[SnapshotSection.Authors].Bytes(author.ToArray());
        }

        foreach (string type in _types)
        {
            _columns[SnapshotSection.Types].Number(type.Length);
            _columns[SnapshotSection.Types].Bytes(System.Text.Encoding.ASCII.GetBytes(type));
        }
    }

    /// <summary>Earlier events: how many, then how far back, each counted from the one before.</summary>
    public static void WriteDistances(ColumnWriter column, int position, IEnumerable<int> links)
    {
        int[] ordered = [.. links.OrderDescending()];
        column.Number(ordered.Length);
        foreach (int link in ordered)
        {
            column.Number(position - link);
            position = link;
        }
    }
}
