using System.Security.Cryptography;
using System.Text.Json;
using P2P.Core.Identity;
using P2P.TestSupport;

namespace P2P.Conformance.Identity;

public sealed class KeyConformanceTests
{
    /// <summary>go-libp2p core/crypto/fixture_test.go signs this text.</summary>
    private static ReadOnlySpan<byte> GoMessage => "Libp2p is the _best_!"u8;

    [SharedTheory]
    [InlineData(0, KeyType.Rsa)]
    [InlineData(2, KeyType.Secp256k1)]
    [InlineData(3, KeyType.Ecdsa)]
    public void The_stored_keys_and_signatures_of_go_are_read_verified_and_written_back(int number, KeyType type)
    {
        byte[] privateBytes = Go($"{number}.priv");
        byte[] publicBytes = Go($"{number}.pub");
        byte[] signature = Go($"{number}.sig");

        Assert.Equal(KeyRefusal.None, PublicKey.Read(publicBytes, out PublicKey? publicKey));
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(privateBytes, out PrivateKey? privateKey));
        Assert.Equal(type, publicKey!.Type);
        Assert.Equal(publicBytes, publicKey.Protobuf.ToArray());
        Assert.Equal(publicKey, privateKey!.PublicKey);
        Assert.Equal(privateBytes, privateKey.ToProtobuf());
        Assert.True(publicKey.Verify(GoMessage, signature));
        Assert.True(publicKey.Verify(GoMessage, privateKey.Sign(GoMessage)));
        Assert.False(publicKey.Verify(GoMessage[1..], signature));
        if (type == KeyType.Rsa)
        {
            Assert.Equal(signature, privateKey.Sign(GoMessage)); // PKCS#1 v1.5 is deterministic
        }

        privateKey.Dispose();
    }

    [SharedFact]
    public void The_key_pairs_of_the_specification_are_read_belong_together_and_are_written_back()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "libp2p-specs", "peer-id-keys.json")));
        Dictionary<string, byte[]> keys = document.RootElement.GetProperty("keys").EnumerateArray().ToDictionary(
            k => k.GetProperty("type").GetString() + " " + k.GetProperty("kind").GetString(),
            k => Convert.FromHexString(k.GetProperty("protobuf_hex").GetString()!));
        Assert.Equal(8, keys.Count);
        foreach ((string name, KeyType type) in new[] { ("ecdsa", KeyType.Ecdsa), ("ed25519", KeyType.Ed25519), ("secp256k1", KeyType.Secp256k1), ("rsa", KeyType.Rsa) })
        {
            Assert.Equal(KeyRefusal.None, PrivateKey.Read(keys[name + " private"], out PrivateKey? privateKey));
            Assert.Equal(KeyRefusal.None, PublicKey.Read(keys[name + " public"], out PublicKey? publicKey));
            Assert.Equal(type, publicKey!.Type);
            Assert.Equal(publicKey, privateKey!.PublicKey);
            Assert.Equal(keys[name + " public"], publicKey.Protobuf.ToArray());
            Assert.Equal(keys[name + " private"], privateKey.ToProtobuf());
            Assert.True(publicKey.Verify([1], privateKey.Sign([1])));
            privateKey.Dispose();
        }
    }

    [SharedTheory]
    [InlineData("rsa-2048.pk8")]
    [InlineData("rsa-3072.pk8")]
    [InlineData("rsa-4096.pk8")]
    public void The_rsa_keys_of_rust_are_read(string name)
    {
        byte[] bytes = File.ReadAllBytes(Require.SharedFile("vectors", "rust-libp2p", "identity", "src", "test", name));
        Assert.Equal(KeyRefusal.None, PrivateKey.ReadPkcs8(bytes, out PrivateKey? key));
        using RSA bcl = RSA.Create();
        bcl.ImportPkcs8PrivateKey(bytes, out _);
        Assert.Equal(bcl.ExportSubjectPublicKeyInfo(), key!.PublicKey.Data.ToArray());
        Assert.True(bcl.VerifyData((byte[])[1, 2], key.Sign([1, 2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.True(key.PublicKey.Verify([3], bcl.SignData((byte[])[3], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        Assert.Equal(KeyRefusal.None, PublicKey.Read(key.PublicKey.Protobuf.Span, out _));
        key.Dispose();
    }

    /// <summary>AT Protocol's fixtures sign with the same two curves; their signatures are the raw 64 bytes and their S must be low on both.</summary>
    [SharedFact]
    public void The_k256_fixtures_of_the_at_protocol_get_their_verdict()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "atproto-interop", "crypto", "signature-fixtures.json")));
        int count = 0;
        foreach (JsonElement test in document.RootElement.EnumerateArray().Where(t => t.GetProperty("algorithm").GetString() == "ES256K"))
        {
            byte[] signature = FromBase64(test.GetProperty("signatureBase64").GetString()!);
            if (signature.Length != 64)
            {
                continue; // the DER-encoded negative: their wire form is raw, ours is DER, so it says nothing here
            }

            Assert.True(P2P.Core.Multiformats.Multibase.TryDecode(test.GetProperty("publicKeyDid").GetString().AsSpan("did:key:".Length), 64, out byte[] prefixed, out _));
            Assert.Equal(KeyRefusal.None, PublicKey.Read([0x08, 0x02, 0x12, 33, .. prefixed.AsSpan(2)], out PublicKey? key));
            Assert.Equal(
                test.GetProperty("validSignature").GetBoolean(),
                key!.Verify(FromBase64(test.GetProperty("messageBase64").GetString()!), Core.Crypto.EcdsaSignature.ToDer(signature)));
            count++;
        }

        Assert.Equal(2, count);
    }

    private static byte[] FromBase64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));

    private static byte[] Go(string name) => File.ReadAllBytes(Require.SharedFile("vectors", "go-libp2p", "core-crypto-test_data", name));
}
