using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>
/// A place bound to the text beside it: it survives every edit and every merge, and means the same on every peer of the document. On text that was
/// removed it stands where that was. At most 42 bytes; keep or send <see cref="Bytes"/>.
/// </summary>
/// <param name="Bytes">As another peer or session made it; checked when it is resolved.</param>
public readonly record struct TextAnchor(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Longest form in bytes.</summary>
    public const int BytesMax = SeqAnchor.BytesMax;

    /// <summary>Byte equality.</summary>
    /// <param name="other">The other side.</param>
    public bool Equals(TextAnchor other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }
}
