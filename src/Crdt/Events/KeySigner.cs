using P2P.Core.Identity;

namespace P2P.Crdt.Events;

/// <summary>Signs with a private key held in memory. Does not own the key.</summary>
public sealed class KeySigner : ISigner
{
    private readonly PrivateKey _key;

    /// <summary>Wraps <paramref name="key"/>.</summary>
    /// <param name="key">An Ed25519 key.</param>
    /// <exception cref="ArgumentException">Another type of key: events are signed with Ed25519 only.</exception>
    public KeySigner(PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Type != KeyType.Ed25519)
        {
            throw new ArgumentException($"Events are signed with Ed25519, not {key.Type}.", nameof(key));
        }

        _key = key;
        Author = key.PublicKey.Protobuf;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Author { get; }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> message) => _key.Sign(message);
}
