using P2P.Core.Multiformats;

namespace P2P.Storage;

/// <summary>An author key that was replaced.</summary>
/// <param name="Author">Protobuf form of the key that writes no more.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When, by this machine's clock.</param>
public sealed record AuthorRenewal(ReadOnlyMemory<byte> Author, AuthorRenewalReason Reason, DateTimeOffset At)
{
    /// <summary>Whether the private key is still in the store: it can be exported, and imported again.</summary>
    public bool IsKept { get; init; }

    /// <summary>The document in which alone it was replaced; none when it was the key of the folder.</summary>
    public Cid Document { get; init; }
}
