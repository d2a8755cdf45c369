using System.Buffers.Binary;
using System.Security.Cryptography;

namespace P2P.PubSub.Routing;

/// <summary>
/// A topic as the router stores it: the first 16 bytes of SHA-256 of its name. Remote peers may announce 1,152 names of 256 bytes each;
/// kept as strings that was half a megabyte a peer, as keys it is 32 KiB, and nothing is allocated to look one up (CVE-2026-46679).
/// </summary>
/// <param name="High">First eight bytes.</param>
/// <param name="Low">Next eight bytes.</param>
internal readonly record struct TopicKey(ulong High, ulong Low)
{
    public static TopicKey Of(ReadOnlySpan<byte> name)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(name, digest);
        return new TopicKey(BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]));
    }
}
