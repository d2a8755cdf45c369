using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>Edges by slot: the greatest (height, CID) among those shown is the visible one, the others are history.</summary>
/// <remarks>Spec: federation, F10. Nearly every slot has one edge: then the table of handles is all there is of it.</remarks>
internal sealed class EdgeSlots
{
    private readonly RecordTable _records;
    private readonly Comparer<int> _order;
    private readonly HandleTable _only;
    private readonly Dictionary<EventDigest, Slot> _shared = [];
    private readonly DagCborWriter _writer = new(48);

    public EdgeSlots(RecordTable records, DraftDefects defects)
    {
        _records = records;
        _only = new HandleTable(handle => records[handle].Key);
        _order = defects.HasFlag(DraftDefects.TieByArrival) ? BySequence(static (a, b) => a.Arrival.CompareTo(b.Arrival))
            : defects.HasFlag(DraftDefects.OrderBySequence) ? BySequence(static (a, b) => TriePath.Compare(a.Id, b.Id))
            : records.Canonical;
        Trie = new StateTrie<int>(new EdgeForm(records));
    }

    /// <summary>The list <c>edges</c> of the state.</summary>
    public StateTrie<int> Trie { get; }

    /// <summary>Makes room at once for so many.</summary>
    public void Reserve(int edges)
    {
        _only.Reserve(edges);
        Trie.Reserve(edges);
    }

    public void Add(int edge)
    {
        EventDigest key = _records[edge].Key;
        if (_shared.TryGetValue(key, out Slot? slot))
        {
            slot.Members.Add(edge);
        }
        else if (_only.Find(key) is int other and >= 0)
        {
            _only.Remove(key);
            _shared.Add(key, slot = new Slot(_order));
            slot.Members.UnionWith([other, edge]);
            if (_records[other].IsShown)
            {
                slot.Shown.Add(other);
            }
        }
        else
        {
            _only.Add(key, edge);
        }

        Changed(edge);
    }

    /// <summary>Takes an edge out, whose record is still there and counts no more.</summary>
    public void Remove(int edge)
    {
        EventDigest key = _records[edge].Key;
        if (_shared.TryGetValue(key, out Slot? slot))
        {
            slot.Members.Remove(edge);
            slot.Shown.Remove(edge);
            if (slot.Members.Count == 0)
            {
                _shared.Remove(key);
            }
        }
        else
        {
            _only.Remove(key);
        }

        Write(key);
    }

    /// <summary>An edge became shown or hidden.</summary>
    public void Changed(int edge)
    {
        EventDigest key = _records[edge].Key;
        if (_shared.TryGetValue(key, out Slot? slot))
        {
            _ = _records[edge].IsShown ? slot.Shown.Add(edge) : slot.Shown.Remove(edge);
        }

        Write(key);
    }

    /// <summary>The visible edge of a slot, or none.</summary>
    public Cid Visible(EventDigest slot) => Top(slot) is int top and >= 0 ? _records.CidOf(top) : default;

    /// <summary>All edges of a slot in canonical order, hidden ones too.</summary>
    public IReadOnlyList<Cid> History(EventDigest slot) => _shared.TryGetValue(slot, out Slot? found) ? [.. found.Members.Select(_records.CidOf)]
        : _only.Find(slot) is int only and >= 0 ? [_records.CidOf(only)]
        : [];

    private Comparer<int> BySequence(Comparison<FoldRecord> tie) => Comparer<int>.Create((left, right) =>
    {
        (FoldRecord a, FoldRecord b) = (_records[left], _records[right]);
        return a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : tie(a, b);
    });

    private int Top(EventDigest slot) => _shared.TryGetValue(slot, out Slot? found)
        ? (found.Shown.Count > 0 ? found.Shown.Max : -1)
        : _only.Find(slot) is int only and >= 0 && _records[only].IsShown ? only : -1;

    private void Write(EventDigest slot)
    {
        _writer.Clear();
        EdgeForm.WriteSlot(_writer, slot);
        if (Top(slot) is int top and >= 0)
        {
            Trie.Put(_writer.WrittenSpan, top);
        }
        else
        {
            Trie.Remove(_writer.WrittenSpan);
        }
    }

    private sealed class Slot(Comparer<int> order)
    {
        public SortedSet<int> Members { get; } = new(order);

        public SortedSet<int> Shown { get; } = new(order);
    }
}
