namespace P2P.Crdt.HashSeq;

/// <summary>
/// T: the elements no other element names. Exact after every operation, O(1) amortised. Members are listed with lazy
/// deletion; only when more than 64 must be cut down to the smallest are ids asked for, each member's once.
/// </summary>
/// <remarks>Spec: hashseq, sections 5 and 6.3.</remarks>
internal sealed class Frontier(ElementIds ids)
{
    /// <summary>Most elements an insertion names as extra dependencies.</summary>
    public const int ExtrasMax = 64;

    private readonly ElementIds _ids = ids;
    private readonly BitTree _members = new();
    private readonly ElementMap _names = new(); // element -> how many heads of runs name it
    private readonly PriorityQueue<int, ElementId> _ordered = new(); // lazily deleted too
    private readonly List<int> _listed = []; // members, with some that left, that are not in the queue

    /// <summary>Members.</summary>
    public int Count { get; private set; }

    public bool Contains(int element) => _members.Contains(element);

    public void Add(int element)
    {
        if (_members.Contains(element))
        {
            return;
        }

        _members.Add(element);
        Count++;
        List(element);
    }

    /// <summary>The head of a run names <paramref name="element"/>: it is no longer maximal.</summary>
    public void Name(int element)
    {
        if (element > 0) // a salt is a negative number and no element
        {
            CountName(element, 1);
            Remove(element);
        }
    }

    /// <summary>Takes an element out: it is named, if only by its successor in its run, or absent.</summary>
    public void Remove(int element)
    {
        if (_members.Contains(element))
        {
            _members.Remove(element);
            Count--;
        }
    }

    /// <summary>One more head of a run names the element, or one less.</summary>
    public void CountName(int element, int change)
    {
        if (element > 0)
        {
            _names.Set(element, _names.Get(element, 0) + change);
        }
    }

    /// <summary>Whether the head of a run names the element.</summary>
    public bool IsNamed(int element) => _names.Get(element, 0) > 0;

    /// <summary>Least member from here on, or −1.</summary>
    public int NextMember(int element) => _members.Ceiling(element);

    /// <summary>Typing: the newest member is replaced by its successor.</summary>
    public void Advance(int from, int to)
    {
        _members.Remove(from);
        _members.Add(to);
        if (_listed.Count > 0 && _listed[^1] == from)
        {
            _listed[^1] = to;
        }
        else
        {
            List(to);
        }
    }

    /// <summary>Writes the extra dependencies of an insertion at <paramref name="anchor"/>: ascending element numbers.</summary>
    public void Extras(int anchor, List<int> extras)
    {
        extras.Clear();
        if (Count - (Contains(anchor) ? 1 : 0) <= ExtrasMax)
        {
            All(anchor, extras);
        }
        else
        {
            Smallest(anchor, extras);
            extras.Sort();
        }
    }

    /// <summary>All members, ascending.</summary>
    public void CopyTo(List<int> members)
    {
        members.Clear();
        All(-1, members);
    }

    private void List(int element)
    {
        _listed.Add(element);
        if (_listed.Count > (2 * Count) + 64)
        {
            Compact();
        }
    }

    private void All(int anchor, List<int> extras)
    {
        for (int element = _members.Ceiling(0); element >= 0; element = _members.Ceiling(element + 1))
        {
            if (element != anchor)
            {
                extras.Add(element);
            }
        }
    }

    private void Smallest(int anchor, List<int> extras)
    {
        foreach (int element in _listed)
        {
            if (_members.Contains(element))
            {
                _ordered.Enqueue(element, _ids.Of(element));
            }
        }

        _listed.Clear();
        while (extras.Count < ExtrasMax && _ordered.TryDequeue(out int element, out _))
        {
            // The caller names them all, so none need return; the anchor leaves as well. An element that left and came
            // back is in here twice, side by side.
            if (element != anchor && _members.Contains(element) && (extras.Count == 0 || extras[^1] != element))
            {
                extras.Add(element);
            }
        }
    }

    /// <summary>Drops what is no member any more.</summary>
    private void Compact()
    {
        int kept = 0;
        for (int i = 0; i < _listed.Count; i++)
        {
            if (_members.Contains(_listed[i]))
            {
                _listed[kept++] = _listed[i];
            }
        }

        _listed.RemoveRange(kept, _listed.Count - kept);
        if (kept > Count)
        {
            SortDistinct(_listed);
        }
    }

    /// <summary>An element that left and came back may be listed twice.</summary>
    private static void SortDistinct(List<int> elements)
    {
        elements.Sort();
        int kept = 0;
        for (int i = 0; i < elements.Count; i++)
        {
            if (kept == 0 || elements[kept - 1] != elements[i])
            {
                elements[kept++] = elements[i];
            }
        }

        elements.RemoveRange(kept, elements.Count - kept);
    }
}
