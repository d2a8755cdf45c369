using P2P.Core.Multiformats;

namespace P2P.PubSub;

/// <summary>Names a message for duplicate suppression and gossip: 1 to 64 bytes. Immutable; compares by bytes. <c>default</c> is none.</summary>
/// <remarks>Spec: limits, section 2. Every node of a topic must compute it alike; library defaults differ (wire digest, trap 1).</remarks>
public readonly struct MessageId : IEquatable<MessageId>
{
    /// <summary>Longest id in bytes.</summary>
    public const int BytesMax = 64;

    private readonly byte[]? _bytes;

    /// <summary>Copies an id.</summary>
    /// <param name="bytes">1 to 64 bytes.</param>
    /// <exception cref="ArgumentException">Empty or too long.</exception>
    public MessageId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > BytesMax)
        {
            throw new ArgumentException($"A message id has 1 to {BytesMax} bytes, this one has {bytes.Length}.", nameof(bytes));
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _bytes is null;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public bool Equals(MessageId other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MessageId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyedHash.Of(Bytes);

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>Byte equality.</summary>
    public static bool operator ==(MessageId left, MessageId right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    public static bool operator !=(MessageId left, MessageId right) => !left.Equals(right);
}
