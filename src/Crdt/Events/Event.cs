using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>
/// A decoded event block. Immutable. That it was decoded says nothing about its authenticity or links: the admission pipeline decides.
/// </summary>
/// <remarks>Spec: replica, section 2.</remarks>
public sealed class Event
{
    /// <summary>CID over all bytes, signature included.</summary>
    public required Cid Cid { get; init; }

    /// <summary>CID of the genesis block.</summary>
    public required Cid Document { get; init; }

    /// <summary>Author's public key in its protobuf form (Ed25519).</summary>
    public required ReadOnlyMemory<byte> Author { get; init; }

    /// <summary>Dense per author and document, from 1.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>The author's previous event, or none exactly when <see cref="Sequence"/> is 1.</summary>
    public required Cid Previous { get; init; }

    /// <summary>Other events the author saw last: ascending, distinct, without <see cref="Previous"/>.</summary>
    public required IReadOnlyList<Cid> Dependencies { get; init; }

    /// <summary>Required links from the body (<c>refs</c>), for types that define them.</summary>
    public required IReadOnlyList<Cid> References { get; init; }

    /// <summary>1 + the greatest height of <see cref="Previous"/> and <see cref="Dependencies"/>.</summary>
    public required ulong Height { get; init; }

    /// <summary>Unix milliseconds the author claims; 0 = withheld. Decides nothing.</summary>
    public required ulong At { get; init; }

    /// <summary>Event type, such as <c>seq</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The body map, canonical DAG-CBOR; a slice of <see cref="Bytes"/>.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>64 signature bytes.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The whole block.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Where the key <c>sig</c> begins in <see cref="Bytes"/>: the signed bytes are all others.</summary>
    internal int SignatureOffset { get; init; }
}
