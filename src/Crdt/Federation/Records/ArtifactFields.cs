using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>What stands in the body of an <c>artifact</c>, as slices of it.</summary>
internal readonly ref struct ArtifactFields
{
    /// <summary>Key, in UTF-8.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Whether there is a key.</summary>
    public bool HasKey { get; init; }

    /// <summary>Type tag.</summary>
    public uint? Tag { get; init; }

    /// <summary>Inline data, or the name of the block that holds it.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Where <see cref="Data"/> begins; negative when it is a name.</summary>
    public int InlineAt { get; init; }

    /// <summary>Size of the data in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>Whether <see cref="Data"/> is the data itself.</summary>
    public bool IsInline => InlineAt >= 0;

    /// <summary>Digest of the data.</summary>
    public EventDigest Content() => IsInline ? EventDigest.Sha256(Data) : EventDigest.Read(Data[^EventDigest.Bytes..]);
}
