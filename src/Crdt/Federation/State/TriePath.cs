using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>The way of an entry through a trie: the 64 half bytes of a digest, first one first.</summary>
internal static class TriePath
{
    /// <summary>Values of a half byte.</summary>
    public const int Fan = 16;

    /// <summary>The half byte at a depth.</summary>
    /// <param name="path">The digest.</param>
    /// <param name="depth">0 to 63.</param>
    public static int Digit(EventDigest path, int depth)
    {
        ulong word = (depth >> 4) switch { 0 => path.A, 1 => path.B, 2 => path.C, _ => path.D };
        return (int)(word >> (60 - ((depth & 15) * 4))) & 15;
    }

    /// <summary>Order of the bytes.</summary>
    /// <param name="left">A digest.</param>
    /// <param name="right">A digest.</param>
    public static int Compare(EventDigest left, EventDigest right)
    {
        int order = left.A.CompareTo(right.A);
        order = order != 0 ? order : left.B.CompareTo(right.B);
        order = order != 0 ? order : left.C.CompareTo(right.C);
        return order != 0 ? order : left.D.CompareTo(right.D);
    }
}
