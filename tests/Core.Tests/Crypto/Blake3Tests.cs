using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Crypto;

public sealed class Blake3Tests
{
    /// <summary>The published BLAKE3 vectors: byte i of the input is i mod 251; first 32 bytes of the hash.</summary>
    [Theory]
    [InlineData(0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")]
    [InlineData(1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213")]
    [InlineData(1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11")]
    [InlineData(1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7")]
    [InlineData(1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444")]
    [InlineData(2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a")]
    [InlineData(2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030")]
    [InlineData(3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2")]
    [InlineData(3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3")]
    [InlineData(4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969")]
    [InlineData(5120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833")]
    [InlineData(31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47")]
    [InlineData(102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085")]
    public void The_published_vectors_are_reproduced(int length, string expected)
    {
        byte[] hash = new byte[32];
        Blake3.Hash([.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))], hash);
        Assert.Equal(expected, Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void The_text_vectors_known_from_the_reference_tool_are_reproduced()
    {
        byte[] hash = new byte[32];
        Blake3.Hash("abc"u8, hash);
        Assert.Equal("6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85", Convert.ToHexStringLower(hash));
    }

    /// <summary>hashseq.md, section 3.1: the first element of a document, a 40-byte preimage.</summary>
    [Fact]
    public void The_first_element_of_the_HashSeq_vectors_has_its_id()
    {
        byte[] preimage = Convert.FromHexString("0101000000000068" + "112c068227f1f162f18a09aa8972931511ff2cd44692c818c909eaeef17d1ca2");
        byte[] hash = new byte[32];
        Blake3.Hash(preimage, hash);
        Assert.Equal("bd2279704d46480547c04e1f187ecb9477e7c9cc81eef18cc67c94e56856a4b3", Convert.ToHexStringLower(hash));
    }

    /// <summary>hashseq.md, section 3.1: BLAKE3 of the domain, a zero byte and the document CID (57 bytes).</summary>
    [Fact]
    public void The_origin_of_the_HashSeq_vectors_is_reproduced()
    {
        byte[] cid = Convert.FromHexString("017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a");
        byte[] hash = new byte[32];
        Blake3.Hash([.. "p2p-hashseq/1/origin"u8, 0, .. cid], hash);
        Assert.Equal("112c068227f1f162f18a09aa8972931511ff2cd44692c818c909eaeef17d1ca2", Convert.ToHexStringLower(hash));
    }

    [Fact]
    public void The_vector_and_the_scalar_compression_agree()
    {
        SeededChance chance = new(42);
        byte[] chaining = new byte[32];
        byte[] block = new byte[64];
        byte[] vector = new byte[32];
        byte[] scalar = new byte[32];
        for (int i = 0; i < 500; i++)
        {
            chance.Fill(chaining);
            chance.Fill(block);
            Blake3Compression.State state = new(chance.NextUInt64(), chance.Below(65), (uint)chance.Below(128));
            int length = 8 * chance.Below(9);
            Blake3Compression.CompressVector(chaining, block.AsSpan(0, length), state, vector);
            Blake3Compression.CompressScalar(chaining, block.AsSpan(0, length), state, scalar);
            Assert.Equal(scalar, vector);
        }
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        byte[] data = new byte[5000];
        byte[] hash = new byte[32];
        for (int i = 0; i < 40; i++)
        {
            Blake3.Hash(data, hash);
            Blake3.Hash(data.AsSpan(0, 40), hash);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            Blake3.Hash(data, hash);
            Blake3.Hash(data.AsSpan(0, 40), hash);
            Blake3.Hash(data.AsSpan(0, 64), hash);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
