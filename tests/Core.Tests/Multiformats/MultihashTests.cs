using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

public sealed class MultihashTests
{
    [Theory]
    [InlineData(Multihash.IdentityCode, 3)]
    [InlineData(Multihash.Sha256Code, 32)]
    [InlineData(Multihash.Sha512Code, 64)]
    [InlineData(Multihash.Blake3Code, 32)]
    public void What_can_be_computed_can_be_verified(ulong code, int length)
    {
        Assert.True(Multihash.TryCompute(code, [1, 2, 3], out Multihash hash));
        Assert.Equal((code, length), (hash.Code, hash.Digest.Length));
        Assert.True(hash.Verify([1, 2, 3]));
        Assert.False(hash.Verify([1, 2, 4]));
        Assert.False(hash.Verify([]));
        Assert.True(Multihash.TryRead(hash.Bytes, out Multihash back, out int used));
        Assert.Equal((hash, hash.Bytes.Length), (back, used));
    }

    [Fact]
    public void Blake3_of_nothing_is_the_published_value() => Assert.Equal(
        "AF1349B9F5F9A1A6A0404DEA36DCC9499BCB25C9ADC112B7CC9A93CAE41F3262",
        Multihash.TryCompute(Multihash.Blake3Code, [], out Multihash hash) ? Convert.ToHexString(hash.Digest) : string.Empty);

    [Fact]
    public void Unknown_functions_and_large_identities_are_not_computed()
    {
        Assert.False(Multihash.TryCompute(0x11, [1], out _));
        Assert.False(Multihash.TryCompute(Multihash.IdentityCode, new byte[129], out _));
        Assert.True(Multihash.TryCompute(Multihash.IdentityCode, new byte[128], out _));
        Assert.False(default(Multihash).Verify([]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("1220")]
    [InlineData("120a00000000000000000000")] // a cut SHA2-256
    [InlineData("008101" + "00")]
    [InlineData("00ffffffffffffffff7f")]
    [InlineData("800000")]
    public void Malformed_hashes_are_refused(string hex) => Assert.False(Multihash.TryRead(Convert.FromHexString(hex), out _, out _));
}
