using System.Text.Json;
using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.TestSupport;

namespace P2P.Conformance.Crypto;

public sealed class EcdsaConformanceTests
{
    [SharedFact]
    public void P256_gives_the_verdict_of_every_wycheproof_case()
    {
        int count = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof("ecdsa_secp256r1_sha256_test"))
        {
            PublicKey key = Read(0x03, group.Hex("publicKeyDer"));
            Assert.True(key.Verify(test.Hex("msg"), test.Hex("sig")) == (test.Result() == "valid"), test.Id());
            count++;
        }

        Assert.Equal(484, count);
    }

    /// <summary>One difference: a valid signature with S above half the order is refused (BIP-62). Each such case is counted.</summary>
    [SharedFact]
    public void Secp256k1_gives_the_verdict_of_every_wycheproof_case_but_refuses_high_s()
    {
        int count = 0;
        int high = 0;
        int valid = 0;
        byte[] numbers = new byte[64];
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof("ecdsa_secp256k1_sha256_test"))
        {
            byte[] point = group.GetProperty("publicKey").Hex("uncompressed");
            PublicKey key = Read(0x02, [(byte)(2 + (point[64] & 1)), .. point.AsSpan(1, 32)]);
            bool expected = test.Result() == "valid";
            if (expected && EcdsaSignature.TryRead(test.Hex("sig"), numbers) && !WeierstrassCurve.Secp256k1.IsLow(numbers.AsSpan(32)))
            {
                expected = false;
                high++;

                // Its low twin is the same signature and must be accepted.
                WeierstrassCurve.Secp256k1.Negate(numbers.AsSpan(32));
                Assert.True(key.Verify(test.Hex("msg"), EcdsaSignature.ToDer(numbers)), test.Id());
            }

            Assert.True(key.Verify(test.Hex("msg"), test.Hex("sig")) == expected, test.Id());
            valid += expected ? 1 : 0;
            count++;
        }

        Assert.Equal(476, count);
        Assert.Equal(168, valid + high);
        Assert.True(valid > 50 && high > 20);
    }

    private static PublicKey Read(byte type, byte[] data)
    {
        Assert.Equal(KeyRefusal.None, PublicKey.Read([0x08, type, 0x12, (byte)data.Length, .. data], out PublicKey? key));
        return key!;
    }
}
