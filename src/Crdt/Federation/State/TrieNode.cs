using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>A node of a <see cref="StateTrie{T}"/>: a leaf with at most <see cref="LeafMax"/> entries, or sixteen places for children.</summary>
internal sealed class TrieNode<T>
    where T : class
{
    public const int LeafMax = 32;
    private const int LeafMin = 4;

    private TrieEntry<T>[] _entries = [];

    /// <summary>Null for a leaf.</summary>
    public TrieNode<T>?[]? Children { get; private set; }

    /// <summary>Entries below.</summary>
    public int Count { get; private set; }

    /// <summary>Whether something below changed since <see cref="Hash"/> was made.</summary>
    public bool IsStale { get; set; } = true;

    public EventDigest Hash { get; set; }

    /// <summary>Entries of a leaf, in no particular order.</summary>
    public Span<TrieEntry<T>> Entries => _entries.AsSpan(0, Children is null ? Count : 0);

    public TrieNode<T> ChildAt(int digit) => Children![digit] ??= new TrieNode<T>();

    /// <summary>Changes a leaf, which may become an inner node.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Change(in TrieEntry<T> change, int depth)
    {
        int at = IndexOf(change.Path);
        if (change.Item is null)
        {
            if (at >= 0)
            {
                _entries[at] = _entries[--Count];
                _entries[Count] = default;
            }

            return at >= 0;
        }

        if (at >= 0)
        {
            _entries[at] = change;
        }
        else
        {
            Add(change, depth);
        }

        return true;
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
            if (Count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Clamp(2 * Count, LeafMin, LeafMax));
            }

            _entries[Count++] = entry;
            return;
        }

        // Ends: entries with equal paths replace each other, so at the last of 64 digits there is one.
        Span<TrieEntry<T>> entries = _entries.AsSpan(0, LeafMax);
        _entries = [];
        Children = new TrieNode<T>?[TriePath.Fan];
        Count++;
        Invariant.Check(depth < 2 * EventDigest.Bytes, "different paths part");
        foreach (ref TrieEntry<T> one in entries)
        {
            ChildAt(TriePath.Digit(one.Path, depth)).Add(one, depth + 1);
        }

        ChildAt(TriePath.Digit(entry.Path, depth)).Add(entry, depth + 1);
    }

    private int IndexOf(EventDigest path)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_entries[i].Path == path)
            {
                return i;
            }
        }

        return -1;
    }

    // The children of a node with few entries have few, so they are leaves.
    private void Gather()
    {
        _entries = new TrieEntry<T>[Math.Max(LeafMin, Count)];
        int gathered = 0;
        foreach (TrieNode<T>? child in Children!)
        {
            child?.Entries.CopyTo(_entries.AsSpan(gathered));
            gathered += child?.Entries.Length ?? 0;
        }

        Invariant.Check(gathered == Count, "entries are counted where they are");
        Children = null;
    }
}
