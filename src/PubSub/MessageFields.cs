namespace P2P.PubSub;

/// <summary>The fields of a message as views of its bytes; absent fields are empty.</summary>
/// <remarks>Spec: pubsub <c>Message</c>.</remarks>
public readonly ref struct MessageFields
{
    /// <summary>The author's peer id bytes (field 1).</summary>
    public ReadOnlySpan<byte> From { get; init; }

    /// <summary>The payload (field 2).</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Eight bytes, big endian (field 3).</summary>
    public ReadOnlySpan<byte> SequenceNumber { get; init; }

    /// <summary>UTF-8 topic name (field 4).</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>The author's public key as protobuf (field 6); only where the id does not hold it.</summary>
    public ReadOnlySpan<byte> Key { get; init; }
}
