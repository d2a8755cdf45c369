using P2P.Core.Runtime;

namespace P2P.Core.Identity;

/// <summary>A private key of any libp2p type. Thread-safe; signing takes this one object, never a loose public half.</summary>
public sealed class PrivateKey : IDisposable
{
    private PrivateKey()
    {
    }

    /// <summary>The kind.</summary>
    public KeyType Type => throw new NotImplementedException();

    /// <summary>The public half.</summary>
    public PublicKey PublicKey => throw new NotImplementedException();

    /// <summary>A fresh key. Only Ed25519 and secp256k1 draw from <paramref name="chance"/>; the BCL draws the others itself.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="chance">Source of randomness.</param>
    public static PrivateKey Generate(KeyType type, IChance chance) => throw new NotImplementedException();

    /// <summary>An Ed25519 key from its 32-byte seed.</summary>
    /// <param name="seed">Exactly 32 bytes; copied.</param>
    public static PrivateKey FromEd25519Seed(ReadOnlySpan<byte> seed) => throw new NotImplementedException();

    /// <summary>Reads the protobuf form.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out PrivateKey? key) => throw new NotImplementedException();

    /// <summary>The protobuf form. A secret: the caller clears the array after use.</summary>
    public byte[] ToProtobuf() => throw new NotImplementedException();

    /// <summary>Signs <paramref name="message"/>.</summary>
    /// <param name="message">Any bytes.</param>
    public byte[] Sign(ReadOnlySpan<byte> message) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
