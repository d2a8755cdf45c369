namespace P2P.Crdt.HashSeq;

/// <summary>Local edits that are in the text but in no event yet.</summary>
internal sealed class PendingEdits
{
    private readonly List<PendingRun> _runs = [];
    private readonly List<(int Start, int Count)> _removals = [];

    /// <summary>Number of the event they will be, −1 before the first insertion.</summary>
    public int Event { get; set; } = -1;

    public bool IsUnique => Salt != default;

    /// <summary>Of a unique insertion, or default.</summary>
    public ElementId Salt { get; set; }

    public List<PendingRun> Runs => _runs;

    /// <summary>Removed intervals of elements, in the order they were removed.</summary>
    public List<(int Start, int Count)> Removals => _removals;

    public SegmentList Segments { get; } = new();

    public bool IsEmpty => _runs.Count == 0 && _removals.Count == 0;

    /// <summary>One past the last element inserted, −1 before the first.</summary>
    public int End => _runs.Count == 0 ? -1 : _runs[^1].Start + _runs[^1].Count;

    public void Insert(PendingRun run)
    {
        Segments.Add(run.Start, run.Count);
        if (_runs.Count > 0 && End == run.Start && run.Extras < 0 && run.Slot == new Slot(run.Start - 1, IsLeft: false))
        {
            _runs[^1] = _runs[^1] with { Count = _runs[^1].Count + run.Count };
        }
        else
        {
            _runs.Add(run);
        }
    }

    public void Remove(int start, int count)
    {
        if (_removals.Count > 0)
        {
            (int lastStart, int lastCount) = _removals[^1];
            if (start + count == lastStart)
            {
                _removals[^1] = (start, lastCount + count); // backspacing
                return;
            }

            if (lastStart + lastCount == start)
            {
                _removals[^1] = (lastStart, lastCount + count);
                return;
            }
        }

        _removals.Add((start, count));
    }

    public void Clear()
    {
        Event = -1;
        Salt = default;
        _runs.Clear();
        _removals.Clear();
        Segments.Clear();
    }
}
