using System.Buffers.Binary;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

/// <summary>Peers choose digests: nobody may name many that meet in one place of a table.</summary>
public sealed class KeyedHashTests
{
    private const int Named = 1_000;

    [Fact]
    public void Words_whose_halves_cancel_do_not_meet()
    {
        HashSet<int> codes = [];
        for (uint x = 0; x < Named; x++)
        {
            codes.Add(KeyedHash.Of(((ulong)x << 32) | (x ^ 0x5eed), 1, 2, 3));
        }

        Assert.True(codes.Count > Named * 9 / 10, $"{codes.Count} codes");
    }

    [Fact]
    public void Digests_whose_rounds_cancel_under_every_seed_of_the_runtimes_hash_do_not_meet()
    {
        const uint P1 = 2_654_435_761, P2 = 2_246_822_519;
        uint inverse = P2; // of an odd number modulo 2^32, by Newton
        for (int i = 0; i < 5; i++)
        {
            inverse = unchecked(inverse * (2 - (P2 * inverse)));
        }

        HashSet<int> codes = [];
        byte[] digest = new byte[32];
        for (uint d = 0; d < Named; d++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(digest, unchecked(d * inverse));
            BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(16), unchecked(0u - (d * (1u << 13) * P1 * inverse)));
            codes.Add(Cid.V1(Cid.DagCborCodec, Multihash.FromDigest(Multihash.Sha256Code, digest)).GetHashCode());
        }

        Assert.True(codes.Count > Named * 9 / 10, $"{codes.Count} codes");
    }

    [Fact]
    public void Equal_bytes_have_equal_codes_and_the_last_odd_byte_counts()
    {
        Assert.Equal(KeyedHash.Of([1, 2, 3]), KeyedHash.Of([1, 2, 3]));
        Assert.NotEqual(KeyedHash.Of([1, 2, 3]), KeyedHash.Of([1, 2, 4]));
        Assert.Equal(KeyedHash.Of(1, 2, 3, 4), KeyedHash.Of(1, 2, 3, 4));
    }
}
