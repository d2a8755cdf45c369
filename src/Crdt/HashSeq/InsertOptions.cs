namespace P2P.Crdt.HashSeq;

/// <summary>How an insertion is made.</summary>
public sealed record InsertOptions
{
    /// <summary>Shared: equal text typed concurrently in the same context is one text. What interactive typing wants.</summary>
    public static InsertOptions Shared { get; } = new();

    /// <summary>
    /// Salt of a unique insertion, null for a shared one: two equal log lines are two lines. It belongs to the author and the
    /// sequence number of the event that the insertion starts, so the buffer must be empty: see <see cref="Unique"/>.
    /// </summary>
    public ElementId? Salt { get; private init; }

    /// <summary>A unique insertion.</summary>
    /// <param name="author">The author's public key in its protobuf form.</param>
    /// <param name="sequence">Sequence number of the event it starts.</param>
    public static InsertOptions Unique(ReadOnlySpan<byte> author, ulong sequence) => new() { Salt = IdHash.Salt(author, sequence) };
}
