using System.Security.Cryptography;
using P2P.Core.Encoding;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// A set of entries as a 16-ary hash trie. Its shape, hence its root, depends on the set only, never on the order of changes, and
/// one change costs O(log n) hashes at the next <see cref="Root"/>.
/// </summary>
/// <remarks>
/// Spec: federation, section 7. A node with at most 32 entries is a leaf, SHA-256(0x00 ‖ canonical array of its entries,
/// ascending); any other is SHA-256(0x01 ‖ 16 child hashes, 32 zero bytes for an empty child).
/// </remarks>
internal sealed class StateTrie
{
    private const int LeafMax = 32;
    private const int Fan = 16;

    private Node _root = new();

    /// <summary>Entries held.</summary>
    public int Count => _root.Count;

    /// <summary>Nodes hashed since the start: what the cost bound is about.</summary>
    public long HashedNodes { get; private set; }

    /// <summary>Adds an entry, or replaces the one with the same first item.</summary>
    /// <param name="firstItem">Canonical bytes of the entry's first item.</param>
    /// <param name="entry">The entry, first item included; kept.</param>
    public void Put(ReadOnlySpan<byte> firstItem, byte[] entry)
    {
        EventDigest path = EventDigest.Sha256(firstItem);
        _ = Put(_root, new TrieEntry(path, entry), 0);
    }

    /// <summary>Removes the entry with this first item, if it is there.</summary>
    /// <param name="firstItem">Canonical bytes.</param>
    public void Remove(ReadOnlySpan<byte> firstItem) => _ = Remove(_root, EventDigest.Sha256(firstItem), 0);

    /// <summary>The root hash.</summary>
    public EventDigest Root() => HashOf(_root);

    /// <summary>All entries, in the order of their paths.</summary>
    public List<byte[]> Entries()
    {
        List<TrieEntry> all = new(Count);
        Gather(_root, all);
        all.Sort(static (a, b) => Compare(a.Path, b.Path));
        return all.ConvertAll(static e => e.Bytes);
    }

    private static int Compare(EventDigest left, EventDigest right)
    {
        int order = left.A.CompareTo(right.A);
        order = order != 0 ? order : left.B.CompareTo(right.B);
        order = order != 0 ? order : left.C.CompareTo(right.C);
        return order != 0 ? order : left.D.CompareTo(right.D);
    }

    // Recursion is bounded by the 64 digits of a path; entries with equal paths replace each other.
    private static int Put(Node node, TrieEntry entry, int depth)
    {
        node.IsStale = true;
        if (node.Children is not null)
        {
            int added = Put(node.ChildAt(Digit(entry.Path, depth)), entry, depth + 1);
            node.Count += added;
            return added;
        }

        for (int i = 0; i < node.Entries.Count; i++)
        {
            if (node.Entries[i].Path == entry.Path)
            {
                node.Entries[i] = entry;
                return 0;
            }
        }

        node.Entries.Add(entry);
        node.Count++;
        if (node.Count > LeafMax)
        {
            Split(node, depth);
        }

        return 1;
    }

    private static void Split(Node node, int depth)
    {
        List<TrieEntry> entries = node.Entries;
        node.Entries = [];
        node.Children = new Node?[Fan];
        foreach (TrieEntry entry in entries)
        {
            _ = Put(node.ChildAt(Digit(entry.Path, depth)), entry, depth + 1);
        }
    }

    private static int Remove(Node node, EventDigest path, int depth)
    {
        if (node.Children is null)
        {
            int at = node.Entries.FindIndex(e => e.Path == path);
            if (at < 0)
            {
                return 0;
            }

            node.Entries.RemoveAt(at);
            node.Count--;
            node.IsStale = true;
            return 1;
        }

        int removed = node.Children[Digit(path, depth)] is Node child ? Remove(child, path, depth + 1) : 0;
        if (removed > 0)
        {
            node.Count -= removed;
            node.IsStale = true;
            if (node.Count <= LeafMax)
            {
                List<TrieEntry> entries = new(node.Count);
                Gather(node, entries);
                node.Children = null;
                node.Entries = entries;
            }
        }

        return removed;
    }

    private static void Gather(Node node, List<TrieEntry> into)
    {
        into.AddRange(node.Entries);
        foreach (Node? child in node.Children ?? [])
        {
            if (child is not null)
            {
                Gather(child, into);
            }
        }
    }

    private static int Digit(EventDigest path, int depth)
    {
        ulong word = (depth >> 4) switch { 0 => path.A, 1 => path.B, 2 => path.C, _ => path.D };
        return (int)(word >> (60 - ((depth & 15) * 4))) & 15;
    }

    private EventDigest HashOf(Node node)
    {
        if (!node.IsStale)
        {
            return node.Hash;
        }

        HashedNodes++;
        node.Hash = node.Children is null ? HashLeaf(node) : HashInner(node);
        node.IsStale = false;
        return node.Hash;
    }

    private static EventDigest HashLeaf(Node node)
    {
        node.Entries.Sort(static (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        DagCborWriter writer = new(2048);
        writer.WriteArrayStart(node.Entries.Count);
        foreach (TrieEntry entry in node.Entries)
        {
            writer.WriteRaw(entry.Bytes);
        }

        return Hash(0, writer.WrittenSpan);
    }

    private EventDigest HashInner(Node node)
    {
        Span<byte> children = stackalloc byte[Fan * EventDigest.Bytes];
        children.Clear();
        for (int i = 0; i < Fan; i++)
        {
            if (node.Children![i] is Node child && child.Count > 0)
            {
                HashOf(child).Write(children[(i * EventDigest.Bytes)..]);
            }
        }

        return Hash(1, children);
    }

    private static EventDigest Hash(byte kind, ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([kind]);
        hash.AppendData(content);
        Span<byte> digest = stackalloc byte[EventDigest.Bytes];
        Invariant.Check(hash.TryGetHashAndReset(digest, out int written) && written == EventDigest.Bytes, "a digest has 32 bytes");
        return EventDigest.Read(digest);
    }

    private sealed class Node
    {
        public Node?[]? Children { get; set; }

        public List<TrieEntry> Entries { get; set; } = [];

        public int Count { get; set; }

        public bool IsStale { get; set; } = true;

        public EventDigest Hash { get; set; }

        public Node ChildAt(int digit) => Children![digit] ??= new Node();
    }
}
