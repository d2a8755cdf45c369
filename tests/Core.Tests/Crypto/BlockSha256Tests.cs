using System.Security.Cryptography;
using P2P.Core.Crypto;

namespace P2P.Core.Tests.Crypto;

/// <summary>The hash under every CID, against the BCL's.</summary>
public sealed class BlockSha256Tests
{
    [Fact]
    public void Every_length_around_the_block_borders_is_hashed_as_the_framework_does()
    {
        byte[] data = new byte[5_000];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)(i * 31 / 7 % 256);
        }

        Span<byte> digest = stackalloc byte[33];
        foreach (int length in Enumerable.Range(0, 300).Concat([1_023, 1_024, 4_096, 5_000]))
        {
            digest[32] = 0x77;
            BlockSha256.Hash(data.AsSpan(0, length), digest);
            Assert.True(digest[..32].SequenceEqual(SHA256.HashData(data.AsSpan(0, length))), $"{length} bytes");
            Assert.Equal(0x77, digest[32]);
        }
    }

    [Fact]
    public void A_digest_that_does_not_fit_is_refused_before_anything_is_written() =>
        Assert.ThrowsAny<ArgumentException>(static () => BlockSha256.Hash([1, 2, 3], new byte[31]));

    [Fact]
    public void The_vectors_of_the_standard_hold()
    {
        Span<byte> digest = stackalloc byte[32];
        BlockSha256.Hash("abc"u8, digest);
        Assert.Equal("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Convert.ToHexString(digest));
        BlockSha256.Hash([], digest);
        Assert.Equal("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", Convert.ToHexString(digest));
    }
}
