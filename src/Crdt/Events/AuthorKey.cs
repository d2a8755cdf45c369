namespace P2P.Crdt.Events;

/// <summary>Form of an author key on the wire: the deterministic protobuf of an Ed25519 public key, nothing else.</summary>
internal static class AuthorKey
{
    /// <summary>What is before the 32 bytes of the key.</summary>
    public static ReadOnlySpan<byte> Head => [0x08, 0x01, 0x12, 0x20];

    /// <summary>Whether the bytes have that form.</summary>
    public static bool IsForm(ReadOnlySpan<byte> author) => author.Length == EventLimits.AuthorBytes && author.StartsWith(Head);

    /// <summary>Writes the form of a raw key.</summary>
    /// <param name="key">The 32 raw bytes.</param>
    /// <param name="destination">At least 36 bytes.</param>
    public static void Write(EventDigest key, Span<byte> destination)
    {
        Head.CopyTo(destination);
        key.Write(destination[Head.Length..]);
    }
}
