using P2P.Core.Crypto;
using P2P.Core.Identity;

namespace P2P.Core.Tests.Crypto;

public sealed class Ed25519Tests
{
    public static TheoryData<string> Backends { get; } =
    [
        .. CurveBackends.Sodium is null ? Array.Empty<string>() : ["sodium"],
        .. CurveBackends.OpenSsl is null ? Array.Empty<string>() : ["openssl"],
        "managed",
    ];

    [Fact]
    public void On_Linux_OpenSsl_serves_and_libsodium_verifies_where_it_is_installed() => Assert.Equal(
        !OperatingSystem.IsLinux() ? Ed25519.BackendName : CurveBackends.Sodium is null ? "openssl" : "openssl+sodium", Ed25519.BackendName);

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_signature_of_an_rfc_8032_key_is_reproduced_bit_for_bit(string name)
    {
        ICurveBackend backend = Backend(name);
        byte[] seed = Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        byte[] expected = Convert.FromHexString(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        using PrivateKey key = KeySchemes.FromEd25519Seed(backend, seed);

        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Convert.ToHexStringLower(key.PublicKey.Data.Span));
        Assert.Equal(expected, key.Sign([0x72]));
        Assert.True(Ed25519.Verify(backend, key.PublicKey.Data.Span, [0x72], expected));
        Assert.False(Ed25519.Verify(backend, key.PublicKey.Data.Span, [0x73], expected));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void An_empty_message_can_be_signed_and_verified(string name)
    {
        ICurveBackend backend = Backend(name);
        using PrivateKey key = KeySchemes.FromEd25519Seed(backend, new byte[32]);
        Assert.True(Ed25519.Verify(backend, key.PublicKey.Data.Span, [], key.Sign([])));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Every_flipped_bit_of_a_signature_is_noticed(string name)
    {
        ICurveBackend backend = Backend(name);
        using PrivateKey key = KeySchemes.FromEd25519Seed(backend, new byte[32]);
        byte[] message = [1, 2, 3];
        byte[] signature = key.Sign(message);
        using Ed25519Verifier verifier = new(backend, key.PublicKey.Data);
        Assert.True(verifier.Verify(message, signature));
        for (int bit = 0; bit < 512; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(verifier.Verify(message, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Wrong_lengths_are_refused_and_do_not_throw(string name)
    {
        ICurveBackend backend = Backend(name);
        using PrivateKey key = KeySchemes.FromEd25519Seed(backend, new byte[32]);
        byte[] signature = key.Sign([]);
        Assert.False(Ed25519.Verify(backend, key.PublicKey.Data.Span[..31], [], signature));
        Assert.False(Ed25519.Verify(backend, [], [], signature));
        Assert.False(Ed25519.Verify(backend, key.PublicKey.Data.Span, [], signature.AsSpan(0, 63)));
        Assert.False(Ed25519.Verify(backend, key.PublicKey.Data.Span, [], [.. signature, 0]));
        Assert.False(key.PublicKey.Verify([], default));
    }

    /// <summary>The eight small-order points, the sign variants of their encodings and the encodings with y at or above p.</summary>
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")]
    public void Small_order_and_non_canonical_points_are_refused_as_key_and_as_commitment(string hex)
    {
        byte[] point = Convert.FromHexString(hex);
        byte[] good = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] goodRest = new byte[32];
        Assert.True(StrictEd25519.Admits(good, [.. good, .. goodRest]));
        Assert.False(StrictEd25519.Admits(point, [.. good, .. goodRest]));
        Assert.False(StrictEd25519.Admits(good, [.. point, .. goodRest]));
    }

    [Theory]
    [InlineData("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", true)]
    [InlineData("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", false)]
    [InlineData("ffffffffffffffffd59cf7a2def9de1400000000000000000000000000000010", true)]
    [InlineData("00000000000000000000000000000000010000000000000000000000000000 10", false)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f", true)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000011", false)]
    public void S_is_taken_up_to_the_group_order(string hex, bool taken)
    {
        byte[] good = Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        byte[] s = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(taken, StrictEd25519.Admits(good, [.. good, .. s]));
    }

    [Fact]
    public void A_verification_on_OpenSsl_allocates_nothing()
    {
        if (CurveBackends.OpenSsl is null)
        {
            Assert.Equal("managed", Ed25519.BackendName); // nothing native here; the managed backend allocates and says so
            return;
        }

        using PrivateKey key = PrivateKey.FromEd25519Seed(new byte[32]);
        byte[] message = new byte[300];
        byte[] signature = key.Sign(message);
        PublicKey publicKey = key.PublicKey;
        for (int i = 0; i < 20; i++)
        {
            Assert.True(publicKey.Verify(message, signature) && Ed25519.Verify(publicKey.Data.Span, message, signature));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool all = true;
        for (int i = 0; i < 50; i++)
        {
            all &= publicKey.Verify(message, signature);
            all &= Ed25519.Verify(publicKey.Data.Span, message, signature);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(all);
    }

    internal static ICurveBackend Backend(string name) => name switch
    {
        "managed" => CurveBackends.Managed!,
        "sodium" => CurveBackends.Sodium!,
        _ => CurveBackends.OpenSsl!,
    };
}
