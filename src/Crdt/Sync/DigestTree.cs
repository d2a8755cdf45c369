using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// A 16-ary hash tree over dormant documents: leaves are (SHA-256 of the document CID, frontier hash). Both sides build it over the
/// documents both have named, so no other document is revealed.
/// </summary>
/// <remarks>
/// Spec: replica, section 12.3. Hash of a node: no leaf = 32 zero bytes; one leaf = SHA-256(0x00 ‖ key ‖ frontier) at any depth;
/// more = SHA-256(0x01 ‖ the sixteen child hashes). Depth is at most 64 digits; keys are hashes, so it is about log₁₆ n.
/// </remarks>
internal sealed class DigestTree
{
    private readonly (byte[] Key, EventDigest Frontier, Cid Document)[] _leaves;

    public DigestTree(IEnumerable<(Cid Document, EventDigest Frontier)> documents)
    {
        _leaves = [.. documents.Select(static d => (SHA256.HashData(d.Document.Bytes), d.Frontier, d.Document))];
        Array.Sort(_leaves, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
    }

    /// <summary>Documents.</summary>
    public int Count => _leaves.Length;

    /// <summary>Hash of the whole tree.</summary>
    public EventDigest Root => HashOf(0, _leaves.Length, 0);

    /// <summary>Hashes of the sixteen children of the node at a prefix.</summary>
    /// <param name="prefix">Hexadecimal digits, one per byte; at most 63.</param>
    public EventDigest[] Children(ReadOnlySpan<byte> prefix)
    {
        (int from, int to) = Range(prefix);
        return ChildrenOf(from, to, prefix.Length);
    }

    /// <summary>Documents whose keys start with a prefix.</summary>
    /// <param name="prefix">Hexadecimal digits, one per byte.</param>
    /// <param name="most">Stop after so many.</param>
    public List<Cid> Documents(ReadOnlySpan<byte> prefix, int most)
    {
        (int from, int to) = Range(prefix);
        List<Cid> documents = [];
        for (int i = from; i < to && documents.Count < most; i++)
        {
            documents.Add(_leaves[i].Document);
        }

        return documents;
    }

    private static int Digit(byte[] key, int depth) => (depth & 1) == 0 ? key[depth >> 1] >> 4 : key[depth >> 1] & 0xf;

    private (int From, int To) Range(ReadOnlySpan<byte> prefix)
    {
        int from = 0;
        int to = _leaves.Length;
        for (int depth = 0; depth < prefix.Length; depth++)
        {
            (from, to) = Child(from, to, depth, prefix[depth]);
        }

        return (from, to);
    }

    private (int From, int To) Child(int from, int to, int depth, int digit)
    {
        int start = First(from, to, depth, digit);
        return (start, First(start, to, depth, digit + 1));
    }

    private int First(int from, int to, int depth, int digit)
    {
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            if (Digit(_leaves[middle].Key, depth) < digit)
            {
                from = middle + 1;
            }
            else
            {
                to = middle;
            }
        }

        return from;
    }

    // Recursion is bounded by the digits of a key (64).
    private EventDigest HashOf(int from, int to, int depth)
    {
        if (to - from == 0)
        {
            return default;
        }

        if (to - from == 1 || depth == SyncProtocol.DigestLevelMax)
        {
            Span<byte> leaf = stackalloc byte[65];
            leaf[0] = 0;
            _leaves[from].Key.CopyTo(leaf[1..]);
            _leaves[from].Frontier.Write(leaf[33..]);
            return EventDigest.Sha256(leaf);
        }

        byte[] node = new byte[1 + (SyncProtocol.DigestHashesMax * EventDigest.Bytes)];
        node[0] = 1;
        EventDigest[] children = ChildrenOf(from, to, depth);
        for (int i = 0; i < children.Length; i++)
        {
            children[i].Write(node.AsSpan(1 + (i * EventDigest.Bytes)));
        }

        return EventDigest.Sha256(node);
    }

    private EventDigest[] ChildrenOf(int from, int to, int depth)
    {
        EventDigest[] children = new EventDigest[SyncProtocol.DigestHashesMax];
        for (int digit = 0; digit < children.Length; digit++)
        {
            (int start, int end) = Child(from, to, depth, digit);
            children[digit] = HashOf(start, end, depth + 1);
            from = end;
        }

        return children;
    }
}
