using System.Security.Cryptography;
using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Conformance.Crypto;

/// <summary>The BCL primitives that Noise and the pack fingerprints stand on, against Wycheproof.</summary>
public sealed class BclConformanceTests
{
    /// <summary>Cases with a nonce of another length are checked too: the BCL refuses them as an argument.</summary>
    [SharedFact]
    public void ChaCha20Poly1305_gives_the_verdict_of_every_wycheproof_case()
    {
        int opened = 0;
        int refusedTag = 0;
        int refusedNonce = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof("chacha20_poly1305_test"))
        {
            using ChaCha20Poly1305 aead = new(test.Hex("key"));
            byte[] sealedBytes = test.Hex("ct");
            byte[] message = new byte[sealedBytes.Length];
            if (group.GetProperty("ivSize").GetInt32() != 96)
            {
                Assert.Equal("invalid", test.Result());
                Assert.Throws<ArgumentException>(() => aead.Decrypt(test.Hex("iv"), sealedBytes, test.Hex("tag"), message, test.Hex("aad")));
                refusedNonce++;
            }
            else if (test.Result() == "valid")
            {
                aead.Decrypt(test.Hex("iv"), sealedBytes, test.Hex("tag"), message, test.Hex("aad"));
                Assert.Equal(test.Hex("msg"), message);
                byte[] tag = new byte[16];
                aead.Encrypt(test.Hex("iv"), message, sealedBytes, tag, test.Hex("aad"));
                Assert.Equal(test.Hex("ct"), sealedBytes);
                Assert.Equal(test.Hex("tag"), tag);
                opened++;
            }
            else
            {
                Assert.Throws<AuthenticationTagMismatchException>(() => aead.Decrypt(test.Hex("iv"), sealedBytes, test.Hex("tag"), message, test.Hex("aad")));
                refusedTag++;
            }
        }

        Assert.Equal(325, opened + refusedTag + refusedNonce);
        Assert.Equal(256, opened);
        Assert.True(refusedTag > 0);
    }

    [SharedFact]
    public void HmacSha256_gives_the_verdict_of_every_wycheproof_case()
    {
        int count = 0;
        foreach ((JsonElement group, JsonElement test) in Vectors.Wycheproof("hmac_sha256_test"))
        {
            int tagBytes = group.GetProperty("tagSize").GetInt32() / 8;
            byte[] tag = HMACSHA256.HashData(test.Hex("key"), test.Hex("msg"));
            Assert.True((test.Result() == "valid") == tag.AsSpan(0, tagBytes).SequenceEqual(test.Hex("tag")), test.Id());
            count++;
        }

        Assert.Equal(174, count);
    }

    [SharedFact]
    public void HkdfSha256_gives_the_verdict_of_every_wycheproof_case()
    {
        int count = 0;
        foreach ((JsonElement _, JsonElement test) in Vectors.Wycheproof("hkdf_sha256_test"))
        {
            int size = test.GetProperty("size").GetInt32();
            if (test.Result() == "valid")
            {
                byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, test.Hex("ikm"), size, test.Hex("salt"), test.Hex("info"));
                Assert.True(key.AsSpan().SequenceEqual(test.Hex("okm")), test.Id());
            }
            else
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => HKDF.DeriveKey(HashAlgorithmName.SHA256, test.Hex("ikm"), size, test.Hex("salt"), test.Hex("info")));
            }

            count++;
        }

        Assert.Equal(86, count);
    }
}
