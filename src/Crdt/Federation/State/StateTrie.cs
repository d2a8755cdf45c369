using System.Runtime.InteropServices;
using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// A set of entries as a 16-ary hash trie. Its shape, hence its root, depends on the set only, never on the order of changes, and
/// one change costs O(log n) hashes at the next <see cref="Root"/>.
/// </summary>
/// <typeparam name="T">What an entry is held as.</typeparam>
/// <remarks>
/// Spec: federation, section 7. A node with at most 32 entries is a leaf, SHA-256(0x00 ‖ canonical array of its entries,
/// ascending); any other is SHA-256(0x01 ‖ 16 child hashes, 32 zero bytes for an empty child).
/// Changes wait until the root is asked for, or until they are as many as the entries, and then go in together, dealt by digit: paths are
/// hashes, and one by one they would walk through memory at random, which made a record cost twice as much at a million as at ten thousand.
/// Entries lie by value in arrays that many leaves share, for the collector copies whatever outlives its youngest generation.
/// </remarks>
internal sealed class StateTrie<T>(IEntryForm<T> form)
    where T : notnull
{
    private const int PendingMin = 1024;
    private const int SplitDepthMax = 8; // changes of one path do not part, however deep

    private readonly TrieNode<T> _root = new();
    private readonly Comparison<TrieEntry<T>> _order = (left, right) => form.Compare(left.Item, right.Item);
    private readonly DagCborWriter _content = new();
    private List<TrieEntry<T>> _pending = [];
    private int _expected = PendingMin;

    /// <summary>Nodes hashed since the start: what the cost bound is about.</summary>
    public long HashedNodes { get; private set; }

    /// <summary>Makes room at once for so many changes, which then go in together.</summary>
    public void Reserve(int changes)
    {
        _pending.EnsureCapacity(changes);
        _expected = Math.Max(changes, PendingMin);
    }

    /// <summary>Adds an entry, or replaces the one with the same first item.</summary>
    /// <param name="firstItem">Canonical bytes of the entry's first item.</param>
    /// <param name="item">The entry; kept.</param>
    public void Put(ReadOnlySpan<byte> firstItem, T item) => Add(new TrieEntry<T>(EventDigest.Sha256(firstItem), item, IsThere: true));

    /// <summary>Removes the entry with this first item, if it is there.</summary>
    /// <param name="firstItem">Canonical bytes.</param>
    public void Remove(ReadOnlySpan<byte> firstItem) => Add(new TrieEntry<T>(EventDigest.Sha256(firstItem), default!, IsThere: false));

    /// <summary>The root hash.</summary>
    public EventDigest Root()
    {
        Flush();
        return HashOf(_root);
    }

    private void Add(TrieEntry<T> change)
    {
        _pending.Add(change);
        if (_pending.Count >= _expected && _pending.Count > _root.Count)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        TrieSlab<T>? slab = _pending.Count >= PendingMin ? new TrieSlab<T>(_pending.Count) : null;
        _ = Apply(_root, new Changes(CollectionsMarshal.AsSpan(_pending), new TrieEntry<T>[_pending.Count]), slab, 0);
        _expected = PendingMin;
        if (_pending.Capacity > PendingMin)
        {
            _pending = []; // what a long replay needed is not kept for single events
        }

        _pending.Clear();
    }

    // Changes of one path keep their order. `spare` is as long as `changes`; both are written over.
    private static bool Apply(TrieNode<T> node, Changes work, TrieSlab<T>? slab, int depth)
    {
        bool changed = false;
        int at = 0;
        if (node is { Children: null, Count: 0 })
        {
            if (work.Items.Length > TrieNode<T>.LeafMax && depth < SplitDepthMax)
            {
                node.Split(depth); // dealt at once; with few entries in the end it is a leaf again
            }
            else if (slab is not null && work.Items.Length <= TrieNode<T>.LeafMax)
            {
                node.Move(slab.Take(work.Items.Length));
            }
        }

        while (node.Children is null && at < work.Items.Length)
        {
            changed |= node.Change(work.Items[at++], depth);
        }

        if (at < work.Items.Length)
        {
            changed |= Deal(node, work[at..], slab, depth);
        }

        node.IsStale |= changed;
        return changed;
    }

    private static bool Deal(TrieNode<T> node, Changes work, TrieSlab<T>? slab, int depth)
    {
        Span<int> next = stackalloc int[TriePath.Fan];
        next.Clear();
        foreach (ref TrieEntry<T> change in work.Items)
        {
            next[TriePath.Digit(change.Path, depth)]++;
        }

        int start = 0;
        foreach (ref int place in next)
        {
            (place, start) = (start, start + place);
        }

        foreach (ref TrieEntry<T> change in work.Items)
        {
            work.Spare[next[TriePath.Digit(change.Path, depth)]++] = change;
        }

        bool changed = false;
        for (int digit = 0; digit < TriePath.Fan; digit++)
        {
            Changes part = work[(digit == 0 ? 0 : next[digit - 1])..next[digit]].Turned;
            if (part.Items.Length > 0)
            {
                changed |= Apply(node.ChildAt(digit), part, slab, depth + 1);
            }
        }

        node.Recount();
        return changed;
    }

    private EventDigest HashOf(TrieNode<T> node)
    {
        if (!node.IsStale)
        {
            return node.Hash;
        }

        HashedNodes++;
        node.Hash = node.Children is null ? HashLeaf(node) : HashInner(node.Children);
        node.IsStale = false;
        return node.Hash;
    }

    private EventDigest HashLeaf(TrieNode<T> node)
    {
        Span<TrieEntry<T>> entries = node.Entries;
        entries.Sort(_order);
        _content.Clear();
        _content.WriteRaw([0]);
        _content.WriteArrayStart(entries.Length);
        foreach (ref TrieEntry<T> entry in entries)
        {
            form.Write(_content, entry.Item);
        }

        return EventDigest.Sha256(_content.WrittenSpan);
    }

    private EventDigest HashInner(TrieNode<T>?[] children)
    {
        Span<byte> hashes = stackalloc byte[TriePath.Fan * EventDigest.Bytes];
        hashes.Clear();
        for (int i = 0; i < TriePath.Fan; i++)
        {
            if (children[i] is TrieNode<T> child && child.Count > 0)
            {
                HashOf(child).Write(hashes[(i * EventDigest.Bytes)..]);
            }
        }

        _content.Clear();
        _content.WriteRaw([1]);
        _content.WriteRaw(hashes);
        return EventDigest.Sha256(_content.WrittenSpan);
    }

    /// <summary>Changes, and as much room to deal them into.</summary>
    private readonly ref struct Changes(Span<TrieEntry<T>> items, Span<TrieEntry<T>> spare)
    {
        public Span<TrieEntry<T>> Items { get; } = items;

        public Span<TrieEntry<T>> Spare { get; } = spare;

        public Changes Turned => new(Spare, Items);

        public Changes this[Range part] => new(Items[part], Spare[part]);
    }
}
