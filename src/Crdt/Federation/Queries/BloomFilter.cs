using System.Buffers.Binary;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Queries;

/// <summary>A set of types and tags that may answer yes wrongly, never no. 1 KiB, four bits an entry.</summary>
internal sealed class BloomFilter
{
    private const int Words = 128;

    private readonly ulong[] _bits = new ulong[Words];

    public void Add(string type) => Add(Hash(type));

    public void Add(uint tag) => Add(Hash(tag));

    public bool MayHold(string type) => MayHold(Hash(type));

    public bool MayHold(uint tag) => MayHold(Hash(tag));

    private static EventDigest Hash(string type) => EventDigest.Sha256(System.Text.Encoding.UTF8.GetBytes(type));

    private static EventDigest Hash(uint tag)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = 0xff; // no UTF-8 text begins so
        BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], tag);
        return EventDigest.Sha256(bytes);
    }

    private static (int Word, ulong Mask) Bit(ulong part) => ((int)((part >> 6) & (Words - 1)), 1UL << (int)(part & 63));

    private void Add(EventDigest hash)
    {
        foreach (ulong part in (ReadOnlySpan<ulong>)[hash.A, hash.B, hash.C, hash.D])
        {
            (int word, ulong mask) = Bit(part);
            _bits[word] |= mask;
        }
    }

    private bool MayHold(EventDigest hash)
    {
        foreach (ulong part in (ReadOnlySpan<ulong>)[hash.A, hash.B, hash.C, hash.D])
        {
            (int word, ulong mask) = Bit(part);
            if ((_bits[word] & mask) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
