namespace P2P.Crdt.HashSeq;

/// <summary>
/// Reads columns into a plan. Never throws; whatever the columns say, the plan is bounded by their bytes and by the number of
/// scalars that came with them, and names only what exists.
/// </summary>
internal sealed class SnapshotPlanReader
{
    /// <summary>Elements an event can introduce at most: a body is not longer than that in bytes.</summary>
    private const int EventElementsMax = Events.EventLimits.BodyBytesMax;

    private readonly ColumnReader[] _columns;
    private readonly SnapshotPlan _plan = new();
    private readonly SnapshotBodyReader _bodies;
    private readonly int _authorCount;
    private readonly int _typeCount;
    private readonly int[] _last;
    private ulong _at;

    public SnapshotPlanReader(ReadOnlyMemory<byte>[] sections, (int Authors, int Types) tables, int elements)
    {
        _columns = Array.ConvertAll(sections, static s => new ColumnReader(s));
        (_authorCount, _typeCount) = tables;
        _last = new int[_authorCount];
        Array.Fill(_last, -1);
        _bodies = new SnapshotBodyReader(_columns, _plan, elements, EventElementsMax);
    }

    /// <summary>The plan, or null when the columns do not make one.</summary>
    public SnapshotPlan? Read(int eventCount)
    {
        for (int i = 0; i < eventCount; i++)
        {
            if (!ReadEvent(i))
            {
                return null;
            }
        }

        _plan.Slots.Collect();
        if (!_bodies.IsComplete || !ReadSiblings())
        {
            return null;
        }

        for (SnapshotSection section = SnapshotSection.Flags; section < SnapshotSection.Signatures; section++)
        {
            if (!_columns[(int)section].IsDone)
            {
                return null;
            }
        }

        return _plan;
    }

    private ColumnReader this[SnapshotSection section] => _columns[(int)section];

    private bool ReadEvent(int position)
    {
        int flags = this[SnapshotSection.Flags].Byte();
        SnapshotEvent read = new()
        {
            Author = this[SnapshotSection.EventAuthors].Number(),
            Type = -1,
            LinkStart = _plan.Links.Count,
            RunStart = _plan.Runs.Count,
            RemovalStart = _plan.Removals.Count,
            IsUnique = (flags & SnapshotFlags.IsUnique) != 0,
        };
        _at = unchecked(_at + (ulong)this[SnapshotSection.Times].SignedWide());
        read.At = _at;
        if (flags > SnapshotFlags.EventAll || read.Author >= _authorCount || !ReadLinks(position, flags, ref read))
        {
            return false;
        }

        _last[read.Author] = position;
        bool isRead = (flags & SnapshotFlags.IsOther) != 0 ? ReadOther(flags, ref read) : _bodies.Read(position, flags, ref read);
        _plan.Numbers.EndEvent();
        _plan.Events.Add(read);
        return isRead;
    }

    private bool ReadLinks(int position, int flags, ref SnapshotEvent read)
    {
        int previous = _last[read.Author];
        if ((flags & SnapshotFlags.HasPrevious) != 0)
        {
            int back = this[SnapshotSection.Links].Number();
            if (back > position || (back == 0 ? -1 : position - back) == previous)
            {
                return false;
            }

            previous = back == 0 ? -1 : position - back;
        }

        read.HasPrevious = previous >= 0;
        read.Sequence = 1;
        if (previous >= 0)
        {
            SnapshotEvent before = _plan.Events[previous];
            if (before.Author != read.Author)
            {
                return false;
            }

            read.Sequence = before.Sequence + 1;
            read.Height = before.Height;
            _plan.Links.Add(previous);
        }

        if ((flags & SnapshotFlags.HasDependencies) != 0)
        {
            int start = _plan.Links.Count;
            read.DependencyCount = ReadDistances(this[SnapshotSection.Links], position, _plan.Links);
            if (read.DependencyCount <= 0 || read.DependencyCount > Events.EventLimits.DependenciesMax)
            {
                return false;
            }

            for (int i = start; i < _plan.Links.Count; i++)
            {
                if (_plan.Links[i] == previous)
                {
                    return false;
                }

                read.Height = Math.Max(read.Height, _plan.Events[_plan.Links[i]].Height);
            }
        }

        read.Height++;
        return true;
    }

    /// <summary>How many earlier events were read, descending; −1 when they are none that exist.</summary>
    internal static int ReadDistances(ColumnReader column, int position, List<int> links)
    {
        int count = column.Count(column);
        for (int i = 0; i < count; i++)
        {
            int back = column.Number();
            if (back == 0 || back > position)
            {
                return -1;
            }

            position -= back;
            links.Add(position);
        }

        return column.Failed ? -1 : count;
    }

    private bool ReadOther(int flags, ref SnapshotEvent read)
    {
        ColumnReader bodies = this[SnapshotSection.Bodies];
        read.Type = bodies.Number();
        read.Body = bodies.Bytes(bodies.Number());
        return !bodies.Failed && read.Type < _typeCount && (flags & (SnapshotFlags.IsUnique | SnapshotFlags.IsExplicit)) == 0;
    }

    /// <summary>Puts the children of shared slots in their order.</summary>
    private bool ReadSiblings()
    {
        ColumnReader column = this[SnapshotSection.Siblings];
        foreach (SnapshotSlots.Group group in _plan.Slots.Groups)
        {
            if (group.Count < 2)
            {
                continue;
            }

            Span<int> children = _plan.Slots.ChildrenOf(group);
            int[] created = children.ToArray();
            bool[] taken = new bool[created.Length];
            for (int i = 0; i < created.Length; i++)
            {
                int index = column.Number();
                if (column.Failed || index >= created.Length || taken[index])
                {
                    return false;
                }

                taken[index] = true;
                children[i] = created[index];
            }
        }

        return true;
    }
}
