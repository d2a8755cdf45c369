using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Identity;

public sealed class PrivateKeyTests
{
    [Fact]
    public void The_author_key_of_the_replica_vectors_is_derived_from_its_seed()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Assert.Equal(
            "0801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
            Convert.ToHexStringLower(key.PublicKey.Protobuf.Span));
    }

    [Fact]
    public void The_signature_of_the_example_event_is_reproduced()
    {
        // replica.md, section 2.1: the map without sig (head ab -> aa, 145 bytes) behind its domain.
        byte[] unsigned = Convert.FromHexString(
            "aa6168016174637365716176016261740062627958240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
            + "63646f63d82a582500017112202df8f12e256fc4658710541cc1ff47ec0ea6f5a009981ce552e11fa6ba7efa6a6373657101"
            + "64626f6479a163696e738182006b68656c6c6f2065617274686464657073806470726576f6");
        using PrivateKey key = PrivateKey.FromEd25519Seed([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Assert.Equal(
            "a2e5434acfc2955425e29b28a19a6b7909545d80f6ebd937bc692053e1b208f8fc2947047b689b96104e000341d6db421316378aab4a5bb1d26a1c0e4327fd0c",
            Convert.ToHexStringLower(key.Sign([.. "p2p-event:"u8, .. unsigned])));
    }

    [Fact]
    public void An_ed25519_key_survives_its_protobuf_form()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(7));
        byte[] bytes = key.ToProtobuf();
        Assert.True(PrivateKey.TryRead(bytes, out PrivateKey? read));
        Assert.Equal(key.PublicKey, read!.PublicKey);
        Assert.Equal(key.Sign([1]), read.Sign([1]));
        read.Dispose();
    }

    [Fact]
    public void The_old_form_with_two_public_halves_is_read_and_written_as_the_new_one()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(8));
        byte[] now = key.ToProtobuf();
        byte[] old = [0x08, 0x01, 0x12, 0x60, .. now.AsSpan(4), .. now.AsSpan(36)];
        Assert.Equal(KeyRefusal.None, PrivateKey.Read(old, out PrivateKey? read));
        Assert.Equal(now, read!.ToProtobuf());
        read.Dispose();
        old[^1] ^= 1;
        Assert.Equal(KeyRefusal.HalvesDiffer, PrivateKey.Read(old, out _));
    }

    [Fact]
    public void A_public_half_that_is_not_of_the_seed_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(9));
        byte[] bytes = key.ToProtobuf();
        bytes[^1] ^= 0x40;
        Assert.Equal(KeyRefusal.HalvesDiffer, PrivateKey.Read(bytes, out PrivateKey? read));
        Assert.Null(read);
    }

    [Fact]
    public void A_disposed_key_does_not_sign()
    {
        PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(10));
        key.Dispose();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign([1]));
        Assert.Throws<ObjectDisposedException>(key.ToProtobuf);
    }
}
