using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Conformance.Identity;

/// <summary>
/// No project publishes peer record vectors as data. These were assembled from RFC 0002 and 0003 by a script outside this code base
/// and signed by the <c>openssl</c> tool: seed 00..1f, sequence 300, two addresses.
/// </summary>
public sealed class PeerRecordConformanceTests
{
    private const string Key = "0a240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

    private const string Payload = "1a4f0a2600240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        + "10ac021a0a0a08047f000001060fa11a160a1429000000000000000000000000000000010611d6";

    private const string Standard = Key + "12020301" + Payload
        + "2a4077967b8cee742dfb8838158947ecd8764d69bd82332f08e25f1f6433107dec28ca6f9fc591720f00443be5f9473ca0c9008fa5adb355051eaced12afe8648806";

    private const string Legacy = Key + "121c2f6c69627032702f726f7574696e672d73746174652d7265636f7264" + Payload
        + "2a400dcb5c6de0f3be91a925b489f0676fd812bc67f6e6f13cb06154a59dfeaa3ad263283ac3d8ddf61db4e372c1a8734d37a2c3d00306193b8f2b9d648683583d01";

    [Theory]
    [InlineData(Standard)]
    [InlineData(Legacy)]
    public void Both_variants_are_opened(string hex)
    {
        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open(Convert.FromHexString(hex), out PeerRecord? record));
        Assert.Equal(300UL, record!.Sequence);
        Assert.Equal([Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001"), Multiaddr.Parse("/ip6/::1/tcp/4566")], record.Addresses);
    }

    [Fact]
    public void The_standard_variant_is_sealed_byte_for_byte()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        PeerRecord record = new(key.PublicKey.PeerId, 300, [Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001"), Multiaddr.Parse("/ip6/::1/tcp/4566")]);
        Assert.Equal(Standard, Convert.ToHexStringLower(record.Seal(key)));
    }

    [Theory]
    [InlineData(Standard, "0301", "0302")]
    [InlineData(Standard, "10ac02", "10ad02")]
    [InlineData(Standard, "0a260024", "0a270024")]
    [InlineData(Legacy, "2f6c6962", "2f6d6962")]
    public void A_changed_part_is_refused(string hex, string from, string to)
    {
        int at = hex.LastIndexOf(from, StringComparison.Ordinal);
        string changed = string.Concat(hex.AsSpan(0, at), to, hex.AsSpan(at + from.Length));
        Assert.NotEqual(EnvelopeRefusal.None, PeerRecord.Open(Convert.FromHexString(changed), out PeerRecord? record));
        Assert.Null(record);
    }
}
