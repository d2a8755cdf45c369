using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Identity;

public sealed class KeyTests
{
    public static TheoryData<KeyType> Types { get; } = [KeyType.Rsa, KeyType.Ed25519, KeyType.Secp256k1, KeyType.Ecdsa];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_key_of_every_type_signs_and_survives_its_protobuf_form(KeyType type)
    {
        using PrivateKey key = PrivateKey.Generate(type, new SeededChance(1));
        byte[] signature = key.Sign([1, 2, 3]);
        byte[] bytes = key.ToProtobuf();

        Assert.Equal(KeyRefusal.None, PrivateKey.Read(bytes, out PrivateKey? again));
        Assert.Equal(KeyRefusal.None, PublicKey.Read(key.PublicKey.Protobuf.Span, out PublicKey? read));
        Assert.Equal(type, read!.Type);
        Assert.Equal(key.PublicKey, read);
        Assert.Equal(key.PublicKey, again!.PublicKey);
        Assert.Equal(key.PublicKey.PeerId, read.PeerId);
        Assert.Equal(bytes, again.ToProtobuf());
        Assert.True(read.Verify([1, 2, 3], signature));
        Assert.True(read.Verify([9], again.Sign([9])));
        Assert.False(read.Verify([1, 2, 4], signature));
        Assert.False(read.Verify([1, 2, 3], []));
        Assert.False(read.Verify([1, 2, 3], signature.AsSpan(1)));
        Assert.False(read.Verify([1, 2, 3], [.. signature, 0]));
        signature[^1] ^= 1;
        Assert.False(read.Verify([1, 2, 3], signature));
        again.Dispose();
    }

    [Theory]
    [InlineData(KeyType.Ed25519, "12D3KooW", 38)]
    [InlineData(KeyType.Secp256k1, "16Uiu2H", 39)]
    [InlineData(KeyType.Ecdsa, "Qm", 34)]
    [InlineData(KeyType.Rsa, "Qm", 34)]
    public void Peer_ids_look_as_their_type_says(KeyType type, string start, int length)
    {
        using PrivateKey key = PrivateKey.Generate(type, new SeededChance(2));
        Assert.StartsWith(start, key.PublicKey.PeerId.ToString(), StringComparison.Ordinal);
        Assert.Equal(length, key.PublicKey.PeerId.Bytes.Length);
        Assert.Equal(length > 34, key.PublicKey.PeerId.TryGetPublicKey(out PublicKey? inlined));
        Assert.Equal(length > 34 ? key.PublicKey : null, inlined);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_truncation_of_a_public_key_is_refused(KeyType type)
    {
        using PrivateKey key = PrivateKey.Generate(type, new SeededChance(3));
        byte[] bytes = key.PublicKey.Protobuf.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.NotEqual(KeyRefusal.None, PublicKey.Read(bytes.AsSpan(0, length), out _));
        }

        Assert.NotEqual(KeyRefusal.None, PublicKey.Read([.. bytes, 0], out _));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_truncation_of_a_private_key_is_refused(KeyType type)
    {
        using PrivateKey key = PrivateKey.Generate(type, new SeededChance(4));
        byte[] bytes = key.ToProtobuf();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.NotEqual(KeyRefusal.None, PrivateKey.Read(bytes.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData("", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("0801", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("080412020000", KeyRefusal.UnknownType)]
    [InlineData("08ff01120200ff", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("08011200", KeyRefusal.WrongLength)]
    [InlineData("08021200", KeyRefusal.WrongLength)]
    [InlineData("08001200", KeyRefusal.MalformedDer)]
    [InlineData("08031200", KeyRefusal.MalformedDer)]
    [InlineData("120208010801", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("0801128000", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("080112ffffffff07", KeyRefusal.NotCanonicalProtobuf)]
    [InlineData("12ffffffff07", KeyRefusal.NotCanonicalProtobuf)]
    public void Malformed_key_messages_are_refused_by_name(string hex, KeyRefusal expected)
    {
        Assert.Equal(expected, PublicKey.Read(Convert.FromHexString(hex), out PublicKey? key));
        Assert.Null(key);
        Assert.Equal(expected, PrivateKey.Read(Convert.FromHexString(hex), out PrivateKey? secret));
        Assert.Null(secret);
    }

    [Fact]
    public void A_second_spelling_of_a_key_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(5));
        byte[] good = key.PublicKey.Protobuf.ToArray();
        byte[] data = good[4..];
        Assert.Equal(KeyRefusal.NotCanonicalProtobuf, PublicKey.Read([0x12, 0x20, .. data, 0x08, 0x01], out _)); // order
        Assert.Equal(KeyRefusal.NotCanonicalProtobuf, PublicKey.Read([0x08, 0x81, 0x00, 0x12, 0x20, .. data], out _)); // long varint
        Assert.Equal(KeyRefusal.NotCanonicalProtobuf, PublicKey.Read([0x08, 0x01, 0x12, 0xa0, 0x00, .. data], out _));
        Assert.Equal(KeyRefusal.NotCanonicalProtobuf, PublicKey.Read([.. good, 0x18, 0x01], out _)); // unknown field
        Assert.Equal(KeyRefusal.NotCanonicalProtobuf, PublicKey.Read([0x12, 0x20, .. data], out _)); // no type
        Assert.Equal(KeyRefusal.TooLong, PublicKey.Read(new byte[KeyWire.PublicBytesMax + 1], out _));
    }

    /// <summary>limits.md, section 3, CVE-2026-110789: 32 bytes of DER that claim 2^32, in every key slot.</summary>
    [Theory]
    [InlineData("3084ffffffff")]
    [InlineData("3085010000 0000")]
    [InlineData("3088ffffffffffffffff")]
    [InlineData("30ff")]
    [InlineData("3080")]
    [InlineData("301e 0284ffffffff")]
    [InlineData("301e 020100 0284ffffffff")]
    [InlineData("301e 300d06092a864886f70d0101010500 0384ffffffff00")]
    [InlineData("301e 020100 300d06092a864886f70d0101010500 0484ffffffff")]
    public void Der_that_claims_far_more_than_there_is_costs_nothing(string start)
    {
        byte[] der = new byte[32];
        Convert.FromHexString(start.Replace(" ", "", StringComparison.Ordinal)).CopyTo(der, 0);
        _ = PublicKey.TryRead([0x08, 0x00, 0x12, 0x20, .. der], out PublicKey? _); // static constructors
        foreach (byte type in (byte[])[0, 3])
        {
            byte[] message = [0x08, type, 0x12, 0x20, .. der];
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool read = PublicKey.TryRead(message, out _) | PrivateKey.TryRead(message, out _) | PrivateKey.ReadPkcs8(der, out _) == KeyRefusal.None;
            Assert.False(read);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        }
    }

    [Theory]
    [InlineData(2047, KeyRefusal.RsaSize)]
    [InlineData(2048, KeyRefusal.None)]
    [InlineData(2049, KeyRefusal.None)]
    [InlineData(4096, KeyRefusal.None)]
    [InlineData(4097, KeyRefusal.RsaSize)]
    [InlineData(1024, KeyRefusal.RsaSize)]
    public void The_size_of_an_rsa_key_is_checked_to_the_bit(int bits, KeyRefusal expected) =>
        Assert.Equal(expected, PublicKey.Read(RsaKeyMessage(Number(bits, odd: true), [1, 0, 1]), out _));

    [Fact]
    public void A_huge_rsa_key_is_refused_by_its_length_alone() =>
        Assert.Equal(KeyRefusal.TooLong, PublicKey.Read(RsaKeyMessage(Number(16_384 - 1024, odd: true), [1, 0, 1]), out _));

    [Fact]
    public void Rsa_numbers_that_no_key_has_are_refused()
    {
        byte[] good = Number(2048, odd: true);
        Assert.Equal(KeyRefusal.RsaNumbers, PublicKey.Read(RsaKeyMessage(Number(2048, odd: false), [1, 0, 1]), out _));
        Assert.Equal(KeyRefusal.RsaNumbers, PublicKey.Read(RsaKeyMessage(good, [1]), out _));
        Assert.Equal(KeyRefusal.RsaNumbers, PublicKey.Read(RsaKeyMessage(good, [4]), out _));
        Assert.Equal(KeyRefusal.RsaNumbers, PublicKey.Read(RsaKeyMessage(good, []), out _));
        Assert.Equal(KeyRefusal.RsaNumbers, PublicKey.Read(RsaKeyMessage(good, [1, 0, 0, 0, 1]), out _));
        Assert.Equal(KeyRefusal.RsaSize, PublicKey.Read(RsaKeyMessage([], [1, 0, 1]), out _));
        Assert.Equal(KeyRefusal.None, PublicKey.Read(RsaKeyMessage(good, [3]), out PublicKey? key));
        Assert.False(key!.Verify([1], new byte[256]));
        Assert.False(key.Verify([1], Enumerable.Repeat((byte)0xff, 256).ToArray())); // above the modulus
    }

    [Fact]
    public void An_ecdsa_key_of_another_curve_is_refused_by_name()
    {
        using System.Security.Cryptography.ECDsa other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        byte[] spki = other.ExportSubjectPublicKeyInfo();
        byte[] sec1 = other.ExportECPrivateKey();
        Assert.Equal(KeyRefusal.WrongCurve, PublicKey.Read(Message(3, spki), out _));
        Assert.Equal(KeyRefusal.WrongCurve, PrivateKey.Read(Message(3, sec1), out _));
        Assert.Equal(KeyRefusal.WrongCurve, PrivateKey.ReadPkcs8(other.ExportPkcs8PrivateKey(), out _));
    }

    [Fact]
    public void A_point_off_its_curve_is_refused()
    {
        using PrivateKey ecdsa = PrivateKey.Generate(KeyType.Ecdsa, new SeededChance(6));
        byte[] bytes = ecdsa.PublicKey.Protobuf.ToArray();
        bytes[^1] ^= 1;
        Assert.Equal(KeyRefusal.NotOnCurve, PublicKey.Read(bytes, out _));

        byte[] x5 = new byte[33]; // no point of secp256k1 has x = 5
        x5[0] = 2;
        x5[32] = 5;
        Assert.Equal(KeyRefusal.NotOnCurve, PublicKey.Read(Message(2, x5), out _));
        x5[32] = 1;
        Assert.Equal(KeyRefusal.None, PublicKey.Read(Message(2, x5), out _));
        x5[0] = 4;
        Assert.Equal(KeyRefusal.NotOnCurve, PublicKey.Read(Message(2, x5), out _));
        Assert.Equal(KeyRefusal.NotOnCurve, PublicKey.Read(Message(2, [2, .. Enumerable.Repeat((byte)0xff, 32)]), out _));
        Assert.Equal(KeyRefusal.WrongLength, PublicKey.Read(Message(2, new byte[65]), out _));
    }

    [Fact]
    public void Scalars_outside_the_group_are_refused()
    {
        byte[] order = Convert.FromHexString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        Assert.Equal(KeyRefusal.NotOnCurve, PrivateKey.Read(Message(2, order), out _));
        Assert.Equal(KeyRefusal.NotOnCurve, PrivateKey.Read(Message(2, new byte[32]), out _));
        order[^1]--;
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(Message(2, order), out PrivateKey? last));
        last!.Dispose();
    }

    [Fact]
    public void An_ecdsa_key_is_read_from_sec1_and_from_pkcs8_and_written_as_sec1()
    {
        using System.Security.Cryptography.ECDsa bcl = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        byte[] sec1 = Message(3, bcl.ExportECPrivateKey());
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(sec1, out PrivateKey? one));
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(Message(3, bcl.ExportPkcs8PrivateKey()), out PrivateKey? two));
        Assert.Equal(KeyRefusal.None, PrivateKey.ReadPkcs8(bcl.ExportPkcs8PrivateKey(), out PrivateKey? three));
        Assert.Equal(bcl.ExportSubjectPublicKeyInfo(), one!.PublicKey.Data.ToArray());
        Assert.Equal(one.PublicKey, two!.PublicKey);
        Assert.Equal(one.PublicKey, three!.PublicKey);
        Assert.Equal(sec1, two.ToProtobuf());
        sec1[^1] ^= 1;
        Assert.Equal(KeyRefusal.HalvesDiffer, PrivateKey.Read(sec1, out _));
        one.Dispose();
        two.Dispose();
        three.Dispose();
    }

    [Fact]
    public void An_rsa_private_key_with_foreign_primes_is_refused()
    {
        using System.Security.Cryptography.RSA a = System.Security.Cryptography.RSA.Create(2048);
        byte[] data = a.ExportRSAPrivateKey();
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(Message(0, data), out PrivateKey? good));
        good!.Dispose();
        byte[] prime = a.ExportParameters(true).P!;
        int at = data.AsSpan().IndexOf(prime);
        data[at + 20] ^= 1;
        Assert.Equal(KeyRefusal.HalvesDiffer, PrivateKey.Read(Message(0, data), out _));
    }

    [Fact]
    public void Secp256k1_signatures_are_low_and_their_high_twins_are_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Secp256k1, new SeededChance(7));
        byte[] numbers = new byte[64];
        for (byte i = 0; i < 8; i++)
        {
            Assert.True(EcdsaSignature.TryRead(key.Sign([i]), numbers));
            Assert.True(WeierstrassCurve.Secp256k1.IsLow(numbers.AsSpan(32)));
            Assert.True(key.PublicKey.Verify([i], EcdsaSignature.ToDer(numbers)));
            WeierstrassCurve.Secp256k1.Negate(numbers.AsSpan(32));
            Assert.False(key.PublicKey.Verify([i], EcdsaSignature.ToDer(numbers)));
        }
    }

    [Fact]
    public void A_p256_signature_is_taken_with_either_s()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ecdsa, new SeededChance(8));
        byte[] numbers = new byte[64];
        Assert.True(EcdsaSignature.TryRead(key.Sign([1]), numbers));
        WeierstrassCurve.P256.Negate(numbers.AsSpan(32));
        Assert.True(key.PublicKey.Verify([1], EcdsaSignature.ToDer(numbers)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000")]
    [InlineData("3006020100020100")]
    [InlineData("3006020101020180")]
    [InlineData("300702020001020101")]
    [InlineData("30060201010201")]
    [InlineData("300602010102010100")]
    [InlineData("3081060201010201 01")]
    [InlineData("3080020101020101 0000")]
    [InlineData("3084ffffffff0201010201 01")]
    public void Malformed_or_zero_ecdsa_signatures_are_refused(string hex)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ecdsa, new SeededChance(9));
        Assert.False(key.PublicKey.Verify([1], Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_key_that_can_verify_nothing_is_still_only_bytes()
    {
        PublicKey weak = PublicKey.FromEd25519(new byte[32]);
        Assert.False(weak.Verify([1], new byte[64]));
        Assert.True(weak.PeerId.TryGetPublicKey(out PublicKey? again));
        Assert.Equal(weak, again);
    }

    [Fact]
    public void One_key_serves_many_threads()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(11));
        int valid = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(t => new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                byte[] message = [(byte)t, (byte)i];
                if (key.PublicKey.Verify(message, key.Sign(message)))
                {
                    Interlocked.Increment(ref valid);
                }
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(800, valid);
    }

    internal static byte[] Message(byte type, ReadOnlySpan<byte> data)
    {
        byte[] bytes = new byte[KeyWire.HeadBytes(data.Length) + data.Length];
        KeyWire.Write((KeyType)(type + 1), data, bytes);
        return bytes;
    }

    private static byte[] Number(int bits, bool odd)
    {
        byte[] number = new byte[(bits + 7) / 8];
        number[0] = (byte)(1 << ((bits - 1) % 8));
        number[^1] |= (byte)(odd ? 1 : 0);
        return number;
    }

    private static byte[] RsaKeyMessage(byte[] modulus, byte[] exponent) => Message(
        0,
        Der(0x30, [.. Convert.FromHexString("300d06092a864886f70d0101010500"), .. Der(0x03, [0, .. Der(0x30, [.. Integer(modulus), .. Integer(exponent)])])]));

    private static byte[] Integer(byte[] magnitude) =>
        Der(0x02, magnitude.Length == 0 || magnitude[0] >= 0x80 ? [0, .. magnitude] : magnitude);

    private static byte[] Der(byte tag, byte[] content) =>
        content.Length < 0x80 ? [tag, (byte)content.Length, .. content]
        : content.Length < 0x100 ? [tag, 0x81, (byte)content.Length, .. content]
        : [tag, 0x82, (byte)(content.Length >> 8), (byte)(content.Length & 0xff), .. content];
}
