using P2P.Core.Identity;
using P2P.Node.Identity;

namespace P2P.Node.Documents;

/// <summary>An author key. Not the peer id of a connection: each data folder writes with a key of its own.</summary>
/// <param name="Key">Public key in its protobuf form.</param>
public readonly record struct TextAuthor(ReadOnlyMemory<byte> Key)
{
    /// <summary>The key as a peer id.</summary>
    public PeerId Id => PeerId.FromKeyProtobuf(Key.Span);

    /// <summary>Two words for people.</summary>
    public string Short => PeerNames.Of(Key.Span);

    /// <summary>Key equality.</summary>
    /// <param name="other">The other side.</param>
    public bool Equals(TextAuthor other) => Key.Span.SequenceEqual(other.Key.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Key.Span);
        return hash.ToHashCode();
    }

    /// <summary>Two words for people.</summary>
    public override string ToString() => Short;
}
