namespace P2P.Crdt.HashSeq;

/// <summary>
/// Children of slots. A handle is 0 (none), a run number (one child: no id needed) or the complement of the root of a B+tree
/// (two and more, sorted by id): whatever ids a peer grinds, every set is balanced. Iterative. Nothing is ever removed.
/// </summary>
internal sealed class ChildSets
{
    public const int None = 0;

    /// <summary>Entries of a page: most sets hold two or three runs, and a peer can make many of those.</summary>
    private const int Fan = 16;

    private readonly List<(int Page, int Index)> _path = []; // of the last search, from the root: the entry that is not above the id
    private Entry[] _entries = new Entry[Fan];
    private Page[] _pages = new Page[1];
    private ElementId[] _ids = new ElementId[Fan];
    private int _pageCount;
    private int _idCount;

    /// <summary>Nodes touched so far.</summary>
    public long Visits { get; private set; }

    /// <summary>The run with exactly this id, or −1; and the one right below it, or −1.</summary>
    public int Find(int handle, ElementId id, out int below)
    {
        _path.Clear();
        for (int page = ~handle; ;)
        {
            Visits++;
            int index = LastNotAbove(page, id);
            if (_pages[page].IsInner)
            {
                index = Math.Max(index, 0); // below the first id there is: nothing is further left than the first page
                _path.Add((page, index));
                page = EntriesOf(page)[index].Target;
                continue;
            }

            _path.Add((page, index));
            below = index < 0 ? -1 : EntriesOf(page)[index].Target;
            return index >= 0 && _ids[EntriesOf(page)[index].Id] == id ? below : -1;
        }
    }

    /// <summary>A set of two runs with different ids.</summary>
    public int Begin((int Run, ElementId Id) first, (int Run, ElementId Id) second)
    {
        int handle = ~AddPage(isInner: false);
        Find(handle, first.Id, out _);
        Add(handle, first.Run, first.Id);
        Find(handle, second.Id, out _);
        return Add(handle, second.Run, second.Id);
    }

    /// <summary>Adds the run whose id <see cref="Find"/> has just not found in this set; the new handle.</summary>
    public int Add(int handle, int run, ElementId id)
    {
        if (_idCount == _ids.Length)
        {
            Array.Resize(ref _ids, _idCount * 2);
        }

        _ids[_idCount] = id;
        Entry added = new(run, _idCount++);
        for (int level = _path.Count - 1; level >= 0; level--)
        {
            (int page, int index) = _path[level];
            if (_pages[page].Count < Fan)
            {
                Insert(page, index + 1, added);
                return handle;
            }

            int right = Split(page);
            int half = _pages[page].Count;
            Insert(index < half ? page : right, index < half ? index + 1 : index + 1 - half, added);
            added = new Entry(right, EntriesOf(right)[0].Id);
        }

        int root = AddPage(isInner: true);
        Insert(root, 0, new Entry(~handle, EntriesOf(~handle)[0].Id));
        Insert(root, 1, added);
        return ~root;
    }

    private Span<Entry> EntriesOf(int page) => _entries.AsSpan(page * Fan, _pages[page].Count);

    /// <summary>Index of the last entry whose id is not above this one, or −1.</summary>
    private int LastNotAbove(int page, ElementId id)
    {
        Span<Entry> entries = EntriesOf(page);
        int low = 0;
        int high = entries.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ids[entries[middle].Id] <= id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private void Insert(int page, int index, Entry added)
    {
        int count = _pages[page].Count++;
        Span<Entry> entries = EntriesOf(page);
        entries[index..count].CopyTo(entries[(index + 1)..]);
        entries[index] = added;
    }

    /// <summary>Moves the upper half of a full page to a new one.</summary>
    private int Split(int page)
    {
        Visits++;
        int right = AddPage(_pages[page].IsInner);
        _pages[right].Count = Fan / 2;
        EntriesOf(page)[(Fan / 2)..].CopyTo(EntriesOf(right));
        _pages[page].Count = Fan / 2;
        return right;
    }

    private int AddPage(bool isInner)
    {
        if (_pageCount == _pages.Length)
        {
            Array.Resize(ref _pages, _pageCount * 2);
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        _pages[_pageCount] = new Page { IsInner = isInner };
        return _pageCount++;
    }

    private struct Page
    {
        public bool IsInner;
        public int Count;
    }

    /// <summary>A run, or a page below this one, and the number of its id: of a page, the one its first entry had when it was split off.</summary>
    private readonly record struct Entry(int Target, int Id);
}
