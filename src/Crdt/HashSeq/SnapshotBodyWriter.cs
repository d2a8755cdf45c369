namespace P2P.Crdt.HashSeq;

/// <summary>Writes bodies of texts as columns.</summary>
internal sealed class SnapshotBodyWriter(SnapshotColumns columns, SnapshotNumbers numbers, SnapshotSlots slots)
{
    private readonly SnapshotColumns _columns = columns;
    private readonly SnapshotNumbers _numbers = numbers;
    private readonly SnapshotSlots _slots = slots;
    private readonly List<(int Count, (int Start, int Count)[] Aliases)> _runs = [];
    private SeqBody _body = new();
    private List<int> _dictionary = [];
    private int _direct; // entries of the dictionary that are no references
    private int _cursor; // last element of the run before

    public SnapshotSlots Slots => _slots;

    /// <summary>Begins an event.</summary>
    /// <param name="body">Its body.</param>
    /// <param name="dictionary">Positions of the events its numbers mean.</param>
    /// <param name="direct">How many of them are not references.</param>
    public void Begin(SeqBody body, List<int> dictionary, int direct)
    {
        _body = body;
        _dictionary = dictionary;
        _direct = direct;
        _runs.Clear();
    }

    /// <summary>The element a run hangs on.</summary>
    public int AnchorOf(BodyRun run) => run.Kind == 0 ? 0 : Resolve(run.Anchor);

    public void AddRun(int count, List<(int Start, int Count)> aliases) => _runs.Add((count, [.. aliases]));

    /// <summary>Writes the event once its elements are numbered; its flags.</summary>
    public int Finish()
    {
        bool isDerived = NamesFirstIntroductions() && RefersToWhatItNames();
        ColumnWriter counts = _columns[SnapshotSection.Counts];
        counts.Number(_body.Runs.Count);
        counts.Number(_body.Removals.Count);
        if (!isDerived)
        {
            SnapshotEventWriter.WriteDistances(_columns[SnapshotSection.Links], _dictionary[0], _dictionary.Skip(_direct));
        }

        for (int i = 0; i < _body.Runs.Count; i++)
        {
            WriteRun(i, isDerived);
        }

        if (isDerived)
        {
            WriteRemovals();
        }
        else
        {
            WriteExplicitRemovals();
        }

        return (isDerived ? 0 : SnapshotFlags.IsExplicit) | (_body.IsUnique ? SnapshotFlags.IsUnique : 0);
    }

    private void WriteRun(int index, bool isDerived)
    {
        BodyRun run = _body.Runs[index];
        (int count, (int Start, int Count)[] aliases) = _runs[index];
        int head = run.Kind | (run.ExtrasCount >= 0 ? SnapshotFlags.HasExtras : 0) | (aliases.Length > 0 ? SnapshotFlags.HasAlias : 0);
        _columns[SnapshotSection.Runs].Byte(head);
        _columns[SnapshotSection.Lengths].Number(count);
        if (run.Kind != 0)
        {
            WriteName(_columns[SnapshotSection.Anchors], run.Anchor, isDerived);
        }

        if (run.ExtrasCount >= 0)
        {
            ColumnWriter extras = _columns[SnapshotSection.Extras];
            extras.Number(run.ExtrasCount);
            for (int i = 0; i < run.ExtrasCount; i++)
            {
                WriteName(extras, _body.Extras[run.ExtrasStart + i], isDerived);
            }
        }

        if (aliases.Length > 0)
        {
            ColumnWriter column = _columns[SnapshotSection.Aliases];
            column.Number(aliases.Length);
            foreach ((int start, int length) in aliases)
            {
                column.Number(start);
                column.Number(length);
            }
        }

        _cursor = _numbers.Resolve(_dictionary[0], run.FirstOffset + count - 1);
    }

    private void WriteName(ColumnWriter column, BodyElement element, bool isDerived)
    {
        if (isDerived)
        {
            column.Signed(_cursor - Resolve(element));
        }
        else
        {
            column.Number(_dictionary[0] - _dictionary[(int)element.Event]);
            column.Number((int)element.Offset);
        }
    }

    /// <summary>Backwards from the newest element: what is removed is mostly new.</summary>
    private void WriteRemovals()
    {
        List<(int Start, int Count)> removed = [];
        for (int i = 0; i < _body.Removals.Count; i++)
        {
            removed.Add((Resolve(_body.Removals[i].First), (int)_body.Removals[i].Count));
        }

        removed.Sort(static (a, b) => b.CompareTo(a));
        int top = _numbers.Count;
        foreach ((int start, int count) in removed)
        {
            _columns[SnapshotSection.RemovalGaps].Number(top - start - count);
            _columns[SnapshotSection.RemovalLengths].Number(count);
            top = start;
        }
    }

    private void WriteExplicitRemovals()
    {
        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            _columns[SnapshotSection.RemovalGaps].Number(_dictionary[0] - _dictionary[(int)range.First.Event]);
            _columns[SnapshotSection.RemovalGaps].Number((int)range.First.Offset);
            _columns[SnapshotSection.RemovalLengths].Number((int)range.Count);
        }
    }

    private int Resolve(BodyElement element) => _numbers.Resolve(_dictionary[(int)element.Event], (int)element.Offset);

    /// <summary>Whether every element is named by the event that introduces it first: the usual case, and then nothing need be said of it.</summary>
    private bool NamesFirstIntroductions()
    {
        for (int i = 0; i < _body.Runs.Count; i++)
        {
            BodyRun run = _body.Runs[i];
            bool isFirst = run.Kind == 0 || IsFirst(run.Anchor);
            for (int extra = 0; isFirst && extra < run.ExtrasCount; extra++)
            {
                isFirst = IsFirst(_body.Extras[run.ExtrasStart + extra]);
            }

            if (!isFirst)
            {
                return false;
            }
        }

        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            BodyElement last = range.First with { Offset = range.First.Offset + range.Count - 1 };
            if (!IsFirst(range.First) || !IsFirst(last) || Resolve(last) - Resolve(range.First) != range.Count - 1)
            {
                return false;
            }
        }

        return true;
    }

    private bool IsFirst(BodyElement element)
    {
        int number = Resolve(element);
        return _numbers.OwnerOf(number) == _dictionary[(int)element.Event] && _numbers.OffsetOf(number) == (int)element.Offset;
    }

    private bool RefersToWhatItNames()
    {
        HashSet<uint> named = [];
        for (int i = 0; i < _body.Runs.Count; i++)
        {
            if (_body.Runs[i].Kind != 0)
            {
                named.Add(_body.Runs[i].Anchor.Event);
            }
        }

        named.UnionWith(_body.Extras.Select(static e => e.Event));
        named.UnionWith(_body.Removals.Select(static r => r.First.Event));
        return named.Count(d => d >= _direct) == _dictionary.Count - _direct;
    }
}
