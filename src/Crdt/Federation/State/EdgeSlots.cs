using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>Edges by slot: the greatest (height, CID) among those shown is the visible one, the others are history.</summary>
/// <remarks>Spec: federation, F10.</remarks>
internal sealed class EdgeSlots(DraftDefects defects)
{
    private static readonly Comparer<FoldRecord> s_byArrival = Comparer<FoldRecord>.Create(static (a, b) =>
        a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : a.Arrival.CompareTo(b.Arrival));

    private static readonly Comparer<FoldRecord> s_bySequence = Comparer<FoldRecord>.Create(static (a, b) =>
        a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence) : a.Cid.CompareTo(b.Cid));

    private readonly Dictionary<EventDigest, Slot> _slots = [];
    private readonly DagCborWriter _writer = new(48);

    /// <summary>The list <c>edges</c> of the state.</summary>
    public StateTrie<FoldRecord> Trie { get; } = new(EdgeForm.Instance);

    public void Add(FoldRecord edge)
    {
        if (!_slots.TryGetValue(edge.Key, out Slot? slot))
        {
            _slots.Add(edge.Key, slot = new Slot());
        }

        if (slot.Only is null && slot.Members is null)
        {
            slot.Only = edge; // nearly every slot has one edge: no set for it
        }
        else
        {
            slot.Members ??= new SortedSet<FoldRecord>(Order()) { slot.Only! };
            slot.Only = null;
            slot.Members.Add(edge);
        }

        slot.Shown = slot.Members is null ? null : slot.Shown ?? new SortedSet<FoldRecord>(slot.Members.Where(static m => m.IsShown), Order());
        Changed(edge);
    }

    public void Remove(FoldRecord edge)
    {
        Slot slot = _slots[edge.Key];
        if (ReferenceEquals(slot.Only, edge))
        {
            _slots.Remove(edge.Key);
        }
        else
        {
            slot.Members!.Remove(edge);
            slot.Shown!.Remove(edge);
            if (slot.Members.Count == 0)
            {
                _slots.Remove(edge.Key);
            }
        }

        Write(edge.Key);
    }

    /// <summary>An edge became shown or hidden.</summary>
    public void Changed(FoldRecord edge)
    {
        if (_slots[edge.Key].Shown is SortedSet<FoldRecord> shown)
        {
            _ = edge.IsShown ? shown.Add(edge) : shown.Remove(edge);
        }

        Write(edge.Key);
    }

    /// <summary>The visible edge of a slot, or none.</summary>
    public Cid Visible(EventDigest slot) => Top(slot)?.Cid ?? default;

    /// <summary>All edges of a slot in canonical order, hidden ones too.</summary>
    public IReadOnlyList<Cid> History(EventDigest slot) => !_slots.TryGetValue(slot, out Slot? found) ? []
        : found.Members is null ? [found.Only!.Cid]
        : [.. found.Members.Select(static m => m.Cid)];

    private Comparer<FoldRecord> Order() => defects.HasFlag(DraftDefects.TieByArrival) ? s_byArrival
        : defects.HasFlag(DraftDefects.OrderBySequence) ? s_bySequence
        : FoldRecord.Canonical;

    private FoldRecord? Top(EventDigest slot) => !_slots.TryGetValue(slot, out Slot? found) ? null
        : found.Shown is not null ? found.Shown.Max
        : found.Only!.IsShown ? found.Only : null;

    private void Write(EventDigest slot)
    {
        _writer.Clear();
        EdgeForm.WriteSlot(_writer, slot);
        if (Top(slot) is FoldRecord top)
        {
            Trie.Put(_writer.WrittenSpan, top);
        }
        else
        {
            Trie.Remove(_writer.WrittenSpan);
        }
    }

    private sealed class Slot
    {
        public FoldRecord? Only { get; set; }

        public SortedSet<FoldRecord>? Members { get; set; }

        public SortedSet<FoldRecord>? Shown { get; set; }
    }
}
