using System.Numerics;
using FsCheck.Fluent;
using P2P.Core.Multiformats;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests.Routing;

public sealed class KadKeyTests
{
    [Fact]
    public void The_point_of_a_key_is_its_sha256_big_endian()
    {
        KadKey key = KadKey.Of("abc"u8); // FIPS 180 test value
        Assert.Equal(new KadKey(0xba7816bf8f01cfea, 0x414140de5dae2223, 0xb00361a396177a9c, 0xb410ff61f20015ad), key);
    }

    [Fact]
    public void Distance_is_xor_and_orders_like_a_256_bit_number()
    {
        Properties.Check(Prop.ForAll<ulong[], ulong[], ulong[]>((a, b, c) =>
        {
            KadKey x = Make(a);
            KadKey y = Make(b);
            KadKey z = Make(c);
            Assert.Equal(default, x.DistanceTo(x));
            Assert.Equal(x.DistanceTo(y), y.DistanceTo(x));
            Assert.Equal(Number(x) ^ Number(y), Number(x.DistanceTo(y)));
            Assert.Equal(Math.Sign(Number(x).CompareTo(Number(y))), Math.Sign(x.CompareTo(y)));
            // The triangle inequality of XOR: d(x,z) <= d(x,y) + d(y,z).
            Assert.True(Number(x.DistanceTo(z)) <= Number(x.DistanceTo(y)) + Number(y.DistanceTo(z)));
            Assert.Equal(256 - (int)(ulong)Number(x).GetBitLength(), x.LeadingZeros);
        }));
    }

    [Fact]
    public void The_three_cid_forms_of_one_hash_meet_at_one_key()
    {
        Multihash hash = Multihash.Sha256("content"u8);
        Assert.True(Cid.TryRead(hash.Bytes, out Cid v0, out _));
        Cid raw = Cid.V1(Cid.RawCodec, hash);
        Cid cbor = Cid.V1(Cid.DagCborCodec, hash);

        Assert.Equal((0, 1, 1), (v0.Version, raw.Version, cbor.Version));
        Assert.Single(new[] { KadKey.Of(v0.Hash.Bytes), KadKey.Of(raw.Hash.Bytes), KadKey.Of(cbor.Hash.Bytes) }.Distinct());
        Assert.NotEqual(KadKey.Of(raw.Bytes), KadKey.Of(raw.Hash.Bytes));
    }

    private static KadKey Make(ulong[] words) => new(At(words, 0), At(words, 1), At(words, 2), At(words, 3));

    private static ulong At(ulong[] words, int i) => i < words.Length ? words[i] : 0;

    private static BigInteger Number(KadKey key) =>
        ((BigInteger)key.A << 192) + ((BigInteger)key.B << 128) + ((BigInteger)key.C << 64) + key.D;
}
