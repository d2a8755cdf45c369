using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>One branch of an author as a replica claims to hold it.</summary>
/// <param name="Key">The 32 raw key bytes.</param>
/// <param name="Sequence">Sequence number of the newest event.</param>
/// <param name="Head">CID of that event.</param>
internal readonly record struct SyncAuthor(EventDigest Key, ulong Sequence, Cid Head) : IComparable<SyncAuthor>
{
    /// <summary>Order in messages: highest sequence first, then key, then CID.</summary>
    public int CompareTo(SyncAuthor other)
    {
        int order = other.Sequence.CompareTo(Sequence);
        order = order != 0 ? order : CompareKeys(Key, other.Key);
        return order != 0 ? order : Head.CompareTo(other.Head);
    }

    private static int CompareKeys(EventDigest left, EventDigest right)
    {
        int order = left.A.CompareTo(right.A);
        order = order != 0 ? order : left.B.CompareTo(right.B);
        order = order != 0 ? order : left.C.CompareTo(right.C);
        return order != 0 ? order : left.D.CompareTo(right.D);
    }
}
