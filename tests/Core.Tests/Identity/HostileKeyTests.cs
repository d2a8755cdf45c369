using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Identity;

/// <summary>Seeded mutations of valid keys, signatures and envelopes: nothing throws, and what is read has exactly one spelling.</summary>
public sealed class HostileKeyTests
{
    private const ulong Seed = 20261121;

    [Theory]
    [InlineData(KeyType.Rsa)]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Ecdsa)]
    public void A_mutated_key_is_refused_or_read_as_the_very_bytes_it_is(KeyType type)
    {
        SeededChance chance = new(Seed + (ulong)type);
        using PrivateKey key = PrivateKey.Generate(type, chance);
        byte[] signature = key.Sign([1]);
        byte[] good = key.PublicKey.Protobuf.ToArray();
        int read = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] mutated = Mutate(good, chance);
            if (PublicKey.TryRead(mutated, out PublicKey? other))
            {
                Assert.Equal(mutated, other!.Protobuf.ToArray());
                if (i % 16 == 0)
                {
                    Assert.Equal(other.Equals(key.PublicKey), other.Verify([1], signature));
                }

                read++;
            }
        }

        Assert.InRange(read, 0, 399);
    }

    [Theory]
    [InlineData(KeyType.Rsa)]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Ecdsa)]
    public void A_mutated_signature_never_throws_and_never_verifies(KeyType type)
    {
        SeededChance chance = new(Seed + 10 + (ulong)type);
        using PrivateKey key = PrivateKey.Generate(type, chance);
        byte[] signature = key.Sign([1]);
        for (int i = 0; i < 150; i++)
        {
            byte[] mutated = Mutate(signature, chance);
            Assert.Equal(mutated.AsSpan().SequenceEqual(signature), key.PublicKey.Verify([1], mutated));
        }
    }

    [Fact]
    public void A_mutated_private_key_never_throws()
    {
        SeededChance chance = new(Seed + 20);
        foreach (KeyType type in (KeyType[])[KeyType.Ed25519, KeyType.Secp256k1, KeyType.Ecdsa, KeyType.Rsa])
        {
            using PrivateKey key = PrivateKey.Generate(type, chance);
            byte[] good = key.ToProtobuf();
            for (int i = 0; i < 100; i++)
            {
                byte[] mutated = Mutate(good, chance);
                if (PrivateKey.TryRead(mutated, out PrivateKey? other))
                {
                    Assert.NotNull(other);
                    other.Dispose();
                }
                else
                {
                    Assert.Null(other);
                }
            }
        }
    }

    [Fact]
    public void Random_bytes_are_no_key_and_cost_next_to_no_memory()
    {
        SeededChance chance = new(Seed + 30);
        byte[] bytes = new byte[600];
        _ = PublicKey.TryRead(bytes, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int read = 0;
        for (int i = 0; i < 2000; i++)
        {
            chance.Fill(bytes);
            bytes[0] = 0x08;
            bytes[1] = (byte)(i % 6);
            bytes[2] = 0x12;
            int length = chance.Below(600);
            read += PublicKey.TryRead(bytes.AsSpan(0, length), out _) ? 1 : 0;
        }

        Assert.Equal(0, read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192); // for all 2,000; curve tables are made on first use
    }

    private static byte[] Mutate(byte[] good, SeededChance chance)
    {
        List<byte> bytes = [.. good];
        for (int edits = 1 + chance.Below(3); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = chance.Below(bytes.Count);
            switch (chance.Below(4))
            {
                case 0: bytes[at] ^= (byte)(1 << chance.Below(8)); break;
                case 1: bytes[at] = (byte)chance.Below(256); break;
                case 2: bytes.RemoveAt(at); break;
                default: bytes.Insert(at, (byte)chance.Below(256)); break;
            }
        }

        return [.. bytes];
    }
}
