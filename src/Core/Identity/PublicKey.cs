namespace P2P.Core.Identity;

/// <summary>A public key of any libp2p type. Immutable, thread-safe.</summary>
/// <remarks>Spec: libp2p peer ids and keys.</remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private PublicKey()
    {
    }

    /// <summary>The kind.</summary>
    public KeyType Type => throw new NotImplementedException();

    /// <summary>Key data as the type defines it (Ed25519: 32 raw bytes).</summary>
    public ReadOnlyMemory<byte> Data => throw new NotImplementedException();

    /// <summary>The deterministic protobuf form (hashed into the peer id).</summary>
    public ReadOnlyMemory<byte> Protobuf => throw new NotImplementedException();

    /// <summary>The id this key proves.</summary>
    public PeerId PeerId => throw new NotImplementedException();

    /// <summary>Reads the protobuf form. Refuses unknown types, wrong lengths, RSA below 2,048 or above 4,096 bits (before any big-number work).</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out PublicKey? key) => throw new NotImplementedException();

    /// <summary>An Ed25519 key from its 32 raw bytes.</summary>
    /// <param name="raw">Exactly 32 bytes; copied.</param>
    public static PublicKey FromEd25519(ReadOnlySpan<byte> raw) => throw new NotImplementedException();

    /// <summary>Whether <paramref name="signature"/> is this key's over <paramref name="message"/>. Never throws.</summary>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">As the type defines it.</param>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => throw new NotImplementedException();
}
