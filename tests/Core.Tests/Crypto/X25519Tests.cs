using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Crypto;

public sealed class X25519Tests
{
    public static TheoryData<string> Backends => Ed25519Tests.Backends;

    /// <summary>RFC 7748, section 5.2: the iterated function, which needs scalar and coordinate of any form.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void The_iteration_of_rfc_7748_is_reproduced(string name)
    {
        ICurveBackend backend = Ed25519Tests.Backend(name);
        byte[] k = new byte[32];
        byte[] u = new byte[32];
        k[0] = u[0] = 9;
        for (int i = 0; i < 1000; i++)
        {
            byte[] next = new byte[32];
            Assert.True(X25519.TryAgree(backend, k, u, next));
            u = k;
            k = next;
            if (i == 0)
            {
                Assert.Equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Convert.ToHexStringLower(k));
            }
        }

        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Convert.ToHexStringLower(k));
    }

    [Fact]
    public void Both_sides_agree()
    {
        SeededChance chance = new(1);
        byte[][] bytes = [new byte[32], new byte[32], new byte[32], new byte[32], new byte[32], new byte[32]];
        X25519.Generate(chance, bytes[0], bytes[1]);
        X25519.Generate(chance, bytes[2], bytes[3]);
        Assert.True(X25519.TryAgree(bytes[0], bytes[3], bytes[4]));
        Assert.True(X25519.TryAgree(bytes[2], bytes[1], bytes[5]));
        Assert.Equal(bytes[4], bytes[5]);
        Assert.NotEqual(bytes[1], bytes[3]);
    }

    [Fact]
    public void Two_kept_keys_agree_until_they_are_disposed()
    {
        SeededChance chance = new(4);
        byte[] one = new byte[32];
        byte[] two = new byte[32];
        X25519Key a = X25519Key.Generate(chance);
        using X25519Key b = X25519Key.Generate(chance);
        Assert.True(a.TryAgree(b.PublicKey, one));
        Assert.True(b.TryAgree(a.PublicKey, two));
        Assert.Equal(one, two);
        Assert.False(a.TryAgree(b.PublicKey[1..], one));
        Assert.Equal(new byte[32], one);
        a.Dispose();
        a.Dispose();
        Assert.Throws<ObjectDisposedException>(() => a.TryAgree(b.PublicKey, one));
    }

    [Fact]
    public void The_backends_derive_the_same_public_key()
    {
        byte[] secret = new byte[32];
        new SeededChance(2).Fill(secret);
        byte[] managed = new byte[32];
        byte[] used = new byte[32];
        CurveBackends.Managed!.X25519Public(secret, managed);
        X25519.PublicFromPrivate(secret, used);
        Assert.Equal(managed, used);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_point_of_small_order_is_refused_and_leaves_zeros(string name)
    {
        ICurveBackend backend = Ed25519Tests.Backend(name);
        string[] points =
        [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        byte[] secret = new byte[32];
        new SeededChance(3).Fill(secret);
        foreach (string point in points)
        {
            byte[] shared = [.. Enumerable.Repeat((byte)0xaa, 32)];
            Assert.False(X25519.TryAgree(backend, secret, Convert.FromHexString(point), shared));
            Assert.Equal(new byte[32], shared);
        }
    }

    [Fact]
    public void A_public_key_of_the_wrong_length_is_refused()
    {
        byte[] shared = new byte[32];
        Assert.False(X25519.TryAgree(new byte[32], new byte[31], shared));
        Assert.False(X25519.TryAgree(new byte[32], new byte[33], shared));
        Assert.False(X25519.TryAgree(new byte[32], [], shared));
    }
}
