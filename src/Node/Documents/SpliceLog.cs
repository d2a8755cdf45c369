namespace P2P.Node.Documents;

/// <summary>The last splices of a document, to carry an offset from an old version to now. Bounded; one owner.</summary>
/// <param name="depth">How many splices are kept.</param>
internal sealed class SpliceLog(int depth)
{
    private const int FirstCapacity = 16;

    // A ring in which every splice has its place by its revision: whoever is one splice behind reads one, however many are kept.
    private (int Offset, int Removed, int Inserted)[] _splices = new (int, int, int)[Math.Min(FirstCapacity, depth)];
    private int _count;

    /// <summary>Splices recorded since the document was opened.</summary>
    public long Revision { get; private set; }

    /// <summary>Splices read so far: what carrying is measured by.</summary>
    internal long Visits { get; private set; }

    public void Add(int offset, int removed, int inserted)
    {
        if (_count == _splices.Length && _count < depth)
        {
            Grow();
        }

        _splices[PlaceOf(Revision)] = (offset, removed, inserted);
        _count = Math.Min(_count + 1, depth);
        Revision++;
    }

    /// <summary>Whether offsets of that revision can still be carried to now.</summary>
    public bool Reaches(long revision) => revision <= Revision && Revision - revision <= _count;

    /// <summary>
    /// Where an insertion at <paramref name="offset"/> of an old revision goes now: behind the same left neighbour. Whether the offset was inside the
    /// text is not known here: one that was behind its end still is.
    /// </summary>
    public int Carry(int offset, long revision)
    {
        long place = offset;
        foreach ((int at, int removed, int inserted) in Since(revision))
        {
            if (at >= place)
            {
                continue; // text that arrived at or behind the place stays behind it
            }

            place = place >= at + removed ? place - removed + inserted : at + inserted;
        }

        return (int)Math.Min(place, int.MaxValue);
    }

    /// <summary>What is left now of a range of an old revision: ascending, disjoint, without what arrived inside it.</summary>
    public List<(int Offset, int Length)> Carry(int offset, int length, long revision)
    {
        List<(long Offset, long Length)> parts = [(offset, length)];
        foreach ((int at, int removed, int inserted) in Since(revision))
        {
            parts = [.. parts.SelectMany(p => Carry(p, at, removed, inserted)).Where(static p => p.Length > 0)];
        }

        return [.. parts.Select(static p => ((int)Math.Min(p.Offset, int.MaxValue), (int)p.Length))];
    }

    private static IEnumerable<(long Offset, long Length)> Carry((long Offset, long Length) part, int at, int removed, int inserted)
    {
        long end = part.Offset + part.Length;
        long before = Math.Clamp(at - part.Offset, 0, part.Length);
        long after = Math.Clamp(end - (at + removed), 0, part.Length);
        yield return (part.Offset, before);
        yield return (Math.Max(part.Offset, at + removed) - removed + inserted, after);
    }

    private IEnumerable<(int Offset, int Removed, int Inserted)> Since(long revision)
    {
        for (long at = revision; at < Revision; at++)
        {
            Visits++;
            yield return _splices[PlaceOf(at)];
        }
    }

    private int PlaceOf(long revision) => (int)(revision % _splices.Length);

    private void Grow()
    {
        var larger = new (int, int, int)[(int)Math.Min((long)_splices.Length * 2, depth)];
        for (long at = Revision - _count; at < Revision; at++)
        {
            larger[at % larger.Length] = _splices[PlaceOf(at)];
        }

        _splices = larger;
    }
}
