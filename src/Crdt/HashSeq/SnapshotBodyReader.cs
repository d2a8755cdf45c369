namespace P2P.Crdt.HashSeq;

/// <summary>Reads bodies of texts from columns.</summary>
/// <param name="columns">The sections.</param>
/// <param name="plan">Where to.</param>
/// <param name="elements">Elements there are scalars for.</param>
/// <param name="eventElementsMax">Most elements of one event.</param>
internal sealed class SnapshotBodyReader(ColumnReader[] columns, SnapshotPlan plan, int elements, int eventElementsMax)
{
    private readonly ColumnReader[] _columns = columns;
    private readonly SnapshotPlan _plan = plan;
    private readonly int _elements = elements;
    private readonly int _eventElementsMax = eventElementsMax;
    private readonly List<int> _named = []; // events named by the event under construction
    private readonly int[] _stamps = new int[columns[(int)SnapshotSection.Flags].Left + 1];
    private int _position;
    private bool _isExplicit;
    private int _cursor;

    /// <summary>Whether every scalar has its element.</summary>
    public bool IsComplete => _plan.Numbers.Count - 1 == _elements;

    public bool Read(int position, int flags, ref SnapshotEvent read)
    {
        _position = position;
        _isExplicit = (flags & SnapshotFlags.IsExplicit) != 0;
        ColumnReader counts = this[SnapshotSection.Counts];
        read.RunCount = counts.Count(this[SnapshotSection.Runs]);
        read.RemovalCount = counts.Count(this[SnapshotSection.RemovalLengths]);
        if (counts.Failed || read.RunCount + read.RemovalCount == 0)
        {
            return false;
        }

        BeginNames(read);
        if (_isExplicit)
        {
            read.ReferenceCount = ReadReferences();
            if (read.ReferenceCount < 0)
            {
                return false; // also of an event without runs
            }
        }

        for (int i = 0; i < read.RunCount; i++)
        {
            if (!ReadRun())
            {
                return false;
            }
        }

        return (_isExplicit ? ReadExplicitRemovals(read.RemovalCount) : ReadRemovals(read.RemovalCount)) && FinishReferences(ref read);
    }

    private ColumnReader this[SnapshotSection section] => _columns[(int)section];

    /// <summary>Marks what is in the dictionary anyway.</summary>
    private void BeginNames(SnapshotEvent read)
    {
        _named.Clear();
        _stamps[_position] = _position + 1;
        for (int i = read.LinkStart; i < _plan.Links.Count; i++)
        {
            _stamps[_plan.Links[i]] = _position + 1;
        }
    }

    /// <summary>References that are given; −1 when they are in the dictionary already or do not exist.</summary>
    private int ReadReferences()
    {
        int start = _plan.Links.Count;
        int count = SnapshotPlanReader.ReadDistances(this[SnapshotSection.Links], _position, _plan.Links);
        for (int i = start; i < start + count; i++)
        {
            if (_stamps[_plan.Links[i]] == _position + 1)
            {
                return -1;
            }

            _stamps[_plan.Links[i]] = _position + 1;
        }

        return count;
    }

    private void Name(int position)
    {
        if (_stamps[position] != _position + 1)
        {
            _stamps[position] = _position + 1;
            _named.Add(position);
        }
    }

    private bool ReadRun()
    {
        int head = this[SnapshotSection.Runs].Byte();
        int count = this[SnapshotSection.Lengths].Number();
        int kind = head & SnapshotFlags.KindMask;
        int offset = _plan.Numbers.EventElements;
        if (head > SnapshotFlags.RunAll || kind > 2 || count == 0 || count > _eventElementsMax - offset)
        {
            return false;
        }

        SnapshotName anchor = default;
        int element = 0;
        if (kind != 0 && !ReadName(this[SnapshotSection.Anchors], out anchor, out element))
        {
            return false;
        }

        int extrasStart = _plan.Extras.Count;
        int extrasCount = -1;
        if ((head & SnapshotFlags.HasExtras) != 0 && !ReadExtras(out extrasCount))
        {
            return false;
        }

        _plan.Runs.Add(new SnapshotRun(kind, anchor, offset, count, extrasStart, extrasCount));
        return ReadElements((head & SnapshotFlags.HasAlias) != 0, count, new Slot(element, kind == 2));
    }

    private bool ReadExtras(out int count)
    {
        ColumnReader column = this[SnapshotSection.Extras];
        count = column.Count(column);
        if (count > Frontier.ExtrasMax && !column.Failed)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!ReadName(column, out SnapshotName extra, out _))
            {
                return false;
            }

            _plan.Extras.Add(extra);
        }

        return !column.Failed;
    }

    /// <summary>Gives the elements of a run their numbers.</summary>
    private bool ReadElements(bool hasAlias, int count, Slot slot)
    {
        SnapshotNumbers numbers = _plan.Numbers;
        ColumnReader column = this[SnapshotSection.Aliases];
        for (int pieces = hasAlias ? column.Count(column) : 0; pieces > 0; pieces--)
        {
            int start = column.Number();
            int length = column.Number();
            if (column.Failed || start == 0 || length == 0 || length > count || start > numbers.Count - length)
            {
                return false;
            }

            numbers.AddAlias(start, length);
            count -= length;
            slot = new Slot(start + length - 1, IsLeft: false);
        }

        _cursor = slot.Anchor;
        if (count == 0)
        {
            return true;
        }

        if (column.Failed || count > _elements - (numbers.Count - 1))
        {
            return false;
        }

        int first = numbers.AddNew(count);
        _plan.Slots.Add(new SnapshotChunk(first, count, slot));
        _cursor = first + count - 1;
        return true;
    }

    private bool ReadName(ColumnReader column, out SnapshotName name, out int element)
    {
        SnapshotNumbers numbers = _plan.Numbers;
        name = default;
        if (!_isExplicit)
        {
            long number = (long)_cursor - column.Signed();
            element = number > 0 && number < numbers.Count ? (int)number : -1;
            if (column.Failed || element < 0)
            {
                return false;
            }

            name = new SnapshotName(numbers.OwnerOf(element), numbers.OffsetOf(element));
            Name(name.Event);
            return true;
        }

        int back = column.Number();
        int offset = column.Number();
        element = column.Failed || back > _position ? -1 : numbers.Resolve(_position - back, offset);
        name = new SnapshotName(_position - back, offset);
        return element > 0 && _stamps[name.Event] == _position + 1;
    }

    private bool ReadRemovals(int count)
    {
        SnapshotNumbers numbers = _plan.Numbers;
        int top = numbers.Count;
        for (int i = 0; i < count; i++)
        {
            int gap = this[SnapshotSection.RemovalGaps].Number();
            int length = this[SnapshotSection.RemovalLengths].Number();
            if (length == 0 || gap >= top || length >= top - gap)
            {
                return false;
            }

            int start = top - gap - length;
            int owner = numbers.OwnerOf(start);
            if (numbers.OwnerOf(start + length - 1) != owner || numbers.OffsetOf(start + length - 1) - numbers.OffsetOf(start) != length - 1)
            {
                return false;
            }

            Name(owner);
            _plan.Removals.Add(new EventRemoval(owner, numbers.OffsetOf(start), length));
            top = start;
        }

        return true;
    }

    private bool ReadExplicitRemovals(int count)
    {
        SnapshotNumbers numbers = _plan.Numbers;
        for (int i = 0; i < count; i++)
        {
            int back = this[SnapshotSection.RemovalGaps].Number();
            int offset = this[SnapshotSection.RemovalGaps].Number();
            int length = this[SnapshotSection.RemovalLengths].Number();
            int number = _position - back;
            if (length == 0 || number < 0 || _stamps[number] != _position + 1)
            {
                return false;
            }

            int elements = number == _position ? numbers.EventElements : numbers.ElementsOf(number);
            if (length > elements || offset > elements - length)
            {
                return false;
            }

            _plan.Removals.Add(new EventRemoval(number, offset, length));
        }

        return true;
    }

    /// <summary>What is named and in the dictionary only so is a reference.</summary>
    private bool FinishReferences(ref SnapshotEvent read)
    {
        if (!_isExplicit)
        {
            read.ReferenceCount = _named.Count;
            _plan.Links.AddRange(_named);
        }

        int end = _plan.Links.Count;
        for (int i = end - read.ReferenceCount; i < end; i++)
        {
            if (_plan.Events[_plan.Links[i]].Height >= read.Height)
            {
                return false;
            }
        }

        return read.ReferenceCount <= Events.EventLimits.ReferencesMax;
    }
}
