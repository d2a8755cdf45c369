using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>Records by value, named by handles: small numbers, used again when a record goes.</summary>
/// <remarks>Pages, so that nothing is copied while a replay grows; the first page grows, for most documents are small.</remarks>
internal sealed class RecordTable
{
    private const int PageBits = 10;
    private const int PageSize = 1 << PageBits;

    private readonly List<FoldRecord[]> _pages = [new FoldRecord[4]];
    private readonly Stack<int> _free = new();
    private readonly HandleTable _byId;
    private int _used;

    public RecordTable()
    {
        _byId = new HandleTable(handle => this[handle].Id);
        Canonical = Comparer<int>.Create(CompareCanonical);
    }

    /// <summary>Canonical order: (height, CID).</summary>
    public Comparer<int> Canonical { get; }

    /// <summary>A record. The reference is good until the next record is added.</summary>
    public ref FoldRecord this[int handle] => ref _pages[handle >> PageBits][handle & (PageSize - 1)];

    /// <summary>Makes room at once for so many.</summary>
    public void Reserve(int count) => _byId.Reserve(count);

    /// <summary>The handle of an event, or -1.</summary>
    public int Find(EventDigest id) => _byId.Find(id);

    /// <summary>The handle of an event; an empty record if it is new.</summary>
    public int FindOrAdd(EventDigest id)
    {
        int handle = _byId.Find(id);
        if (handle < 0)
        {
            handle = _free.TryPop(out int free) ? free : Grow();
            this[handle] = new FoldRecord { Id = id };
            _byId.Add(id, handle);
        }

        return handle;
    }

    /// <summary>Forgets a record; its handle will name another.</summary>
    public void Remove(int handle)
    {
        _byId.Remove(this[handle].Id);
        this[handle] = default;
        _free.Push(handle);
    }

    /// <summary>The event of a record.</summary>
    public Cid CidOf(int handle) => EventId.ToCid(this[handle].Id);

    private int CompareCanonical(int left, int right)
    {
        ref FoldRecord a = ref this[left];
        ref FoldRecord b = ref this[right];
        return a.Height != b.Height ? a.Height.CompareTo(b.Height) : TriePath.Compare(a.Id, b.Id);
    }

    private int Grow()
    {
        FoldRecord[] last = _pages[^1];
        if (_used == ((_pages.Count - 1) << PageBits) + last.Length)
        {
            if (last.Length == PageSize)
            {
                _pages.Add(new FoldRecord[PageSize]);
            }
            else
            {
                Array.Resize(ref last, 2 * last.Length);
                _pages[^1] = last;
            }
        }

        return _used++;
    }
}
