using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>A node of a <see cref="StateTrie{T}"/>: a leaf with at most <see cref="LeafMax"/> entries, or sixteen places for children.</summary>
internal sealed class TrieNode<T>
    where T : notnull
{
    public const int LeafMax = 32;
    private const int LeafMin = 4;

    private ArraySegment<TrieEntry<T>> _room = ArraySegment<TrieEntry<T>>.Empty;

    /// <summary>Null for a leaf.</summary>
    public TrieNode<T>?[]? Children { get; private set; }

    /// <summary>Entries below.</summary>
    public int Count { get; private set; }

    /// <summary>Whether something below changed since <see cref="Hash"/> was made.</summary>
    public bool IsStale { get; set; } = true;

    public EventDigest Hash { get; set; }

    /// <summary>Entries of a leaf, in no particular order.</summary>
    public Span<TrieEntry<T>> Entries => _room.AsSpan(0, Children is null ? Count : 0);

    public TrieNode<T> ChildAt(int digit) => Children![digit] ??= new TrieNode<T>();

    /// <summary>Gives an empty leaf room for what is to come.</summary>
    /// <param name="room">At most <see cref="LeafMax"/> entries, which nobody else uses.</param>
    public void Move(ArraySegment<TrieEntry<T>> room)
    {
        if (Count == 0 && room.Count > _room.Count)
        {
            _room = room;
        }
    }

    /// <summary>Changes a leaf, which may become an inner node.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Change(in TrieEntry<T> change, int depth)
    {
        int at = IndexOf(change.Path);
        if (!change.IsThere)
        {
            if (at >= 0)
            {
                Span<TrieEntry<T>> entries = Entries;
                entries[at] = entries[^1];
                entries[^1] = default;
                Count--;
            }

            return at >= 0;
        }

        if (at >= 0)
        {
            Entries[at] = change;
        }
        else
        {
            Add(change, depth);
        }

        return true;
    }

    /// <summary>Makes a leaf an inner node, as far as it has entries already. The caller counts anew when it is done.</summary>
    public void Split(int depth)
    {
        Invariant.Check(depth < 2 * EventDigest.Bytes, "different paths part");
        Span<TrieEntry<T>> entries = Entries;
        Children = new TrieNode<T>?[TriePath.Fan];
        foreach (ref TrieEntry<T> one in entries)
        {
            ChildAt(TriePath.Digit(one.Path, depth)).Add(one, depth + 1);
        }

        _room = ArraySegment<TrieEntry<T>>.Empty;
    }

    /// <summary>Counts an inner node anew; with few entries it is a leaf again. What it looks like is a function of its entries.</summary>
    public void Recount()
    {
        Count = 0;
        foreach (TrieNode<T>? child in Children!)
        {
            Count += child?.Count ?? 0;
        }

        if (Count <= LeafMax)
        {
            Gather();
        }
    }

    private void Add(in TrieEntry<T> entry, int depth)
    {
        if (Count < LeafMax)
        {
            if (Count == _room.Count)
            {
                TrieEntry<T>[] larger = new TrieEntry<T>[Math.Clamp(2 * Count, LeafMin, LeafMax)];
                Entries.CopyTo(larger);
                _room = larger;
            }

            _room.AsSpan()[Count++] = entry;
            return;
        }

        // Ends: entries with equal paths replace each other, so at the last of 64 digits there is one.
        Split(depth);
        Count++;
        ChildAt(TriePath.Digit(entry.Path, depth)).Add(entry, depth + 1);
    }

    private int IndexOf(EventDigest path)
    {
        Span<TrieEntry<T>> entries = Entries;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Path == path)
            {
                return i;
            }
        }

        return -1;
    }

    // The children of a node with few entries have few, so they are leaves.
    private void Gather()
    {
        TrieEntry<T>[] entries = new TrieEntry<T>[Math.Max(LeafMin, Count)];
        int gathered = 0;
        foreach (TrieNode<T>? child in Children!)
        {
            child?.Entries.CopyTo(entries.AsSpan(gathered));
            gathered += child?.Entries.Length ?? 0;
        }

        Invariant.Check(gathered == Count, "entries are counted where they are");
        _room = entries;
        Children = null;
    }
}
