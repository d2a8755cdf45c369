using System.Net;

namespace P2P.Transport.Discovery;

/// <summary>An address of an interface.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixBits">Leading bits that name the network.</param>
internal readonly record struct MdnsLinkAddress(IPAddress Address, int PrefixBits)
{
    /// <summary>Whether <paramref name="other"/> is in the same network.</summary>
    public bool SharesPrefix(IPAddress other)
    {
        Span<byte> mine = stackalloc byte[16];
        Span<byte> theirs = stackalloc byte[16];
        if (other.AddressFamily != Address.AddressFamily || !Address.TryWriteBytes(mine, out int length) || !other.TryWriteBytes(theirs, out _)
            || PrefixBits < 1 || PrefixBits > length * 8)
        {
            return false;
        }

        int whole = PrefixBits / 8;
        int bits = PrefixBits % 8;
        return mine[..whole].SequenceEqual(theirs[..whole])
            && (bits == 0 || (mine[whole] ^ theirs[whole]) >> (8 - bits) == 0);
    }
}
