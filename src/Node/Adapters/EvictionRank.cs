using System.Security.Cryptography;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Node.Adapters;

/// <summary>
/// The order of the holders of a block (rendezvous hashing): all agree about it without a word, and it is another one for each block, so that of two that
/// are about to drop the same blocks each gives way for half of them. Decides who waits, never who may drop. Pure.
/// </summary>
internal static class EvictionRank
{
    /// <summary>Whether one holder of a block stands above another one.</summary>
    public static bool IsAbove(PeerId one, PeerId other, Cid cid)
    {
        Span<byte> mine = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> theirs = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(one, cid, mine);
        Hash(other, cid, theirs);
        int order = mine.SequenceCompareTo(theirs);
        return order > 0 || (order == 0 && one.CompareTo(other) > 0);
    }

    private static void Hash(PeerId peer, Cid cid, Span<byte> destination)
    {
        byte[] both = new byte[peer.Bytes.Length + cid.Bytes.Length];
        peer.Bytes.CopyTo(both);
        cid.Bytes.CopyTo(both.AsSpan(peer.Bytes.Length));
        SHA256.HashData(both, destination);
    }
}
