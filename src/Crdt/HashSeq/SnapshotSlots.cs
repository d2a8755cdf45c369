using System.Runtime.InteropServices;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// The slots of the elements of a snapshot that hold chunks, by element, the slot before it first. Inside a chunk the slot after
/// an element also holds the rest of the chunk, which is there before all others: child −1.
/// </summary>
internal sealed class SnapshotSlots
{
    /// <summary>Stands for the rest of the chunk that the anchor is in.</summary>
    public const int Rest = -1;

    private readonly List<SnapshotChunk> _chunks = [new(0, 1, default)];
    private readonly List<Group> _groups = [];
    private readonly List<int> _children = [];

    public IReadOnlyList<Group> Groups => _groups;

    public SnapshotChunk this[int chunk] => _chunks[chunk];

    public void Add(SnapshotChunk chunk) => _chunks.Add(chunk);

    /// <summary>The children of a slot, which may be put in another order.</summary>
    public Span<int> ChildrenOf(Group group) => CollectionsMarshal.AsSpan(_children).Slice(group.Start, group.Count);

    /// <summary>Finds the groups once all chunks are here.</summary>
    public void Collect()
    {
        (long Slot, int Chunk)[] hung = new (long, int)[_chunks.Count - 1];
        for (int i = 1; i < _chunks.Count; i++)
        {
            hung[i - 1] = (((long)_chunks[i].Slot.Anchor << 1) | (_chunks[i].Slot.IsLeft ? 0L : 1L), i);
        }

        Array.Sort(hung);
        for (int at = 0, holder = 0; at < hung.Length;)
        {
            long slot = hung[at].Slot;
            int anchor = (int)(slot >> 1);
            while (_chunks[holder].Last < anchor)
            {
                holder++; // chunks ascend
            }

            int start = _children.Count;
            if ((slot & 1) != 0 && anchor < _chunks[holder].Last)
            {
                _children.Add(Rest);
            }

            for (; at < hung.Length && hung[at].Slot == slot; at++)
            {
                _children.Add(hung[at].Chunk);
            }

            _groups.Add(new Group(anchor, (slot & 1) == 0, start, _children.Count - start));
        }
    }

    /// <summary>A slot that holds chunks.</summary>
    /// <param name="Anchor">Whose.</param>
    /// <param name="IsLeft">Before it.</param>
    /// <param name="Start">Its first child.</param>
    /// <param name="Count">Children.</param>
    internal readonly record struct Group(int Anchor, bool IsLeft, int Start, int Count);
}
