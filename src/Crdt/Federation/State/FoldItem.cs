using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// An event as the fold needs it: body decoded, key hashed. Made by a pure function of one event, so shards and threads may
/// make them in any order. A body that does not decode has no effect: the fold is total.
/// </summary>
internal sealed class FoldItem
{
    public required Cid Cid { get; init; }

    public required ulong Height { get; init; }

    public required ulong Sequence { get; init; }

    public required string Type { get; init; }

    /// <summary>The decoded body, or null.</summary>
    public object? Body { get; private init; }

    /// <summary>Of an artifact the content digest, of an edge the slot hash, of a receipt its key.</summary>
    public EventDigest Key { get; private init; }

    public static FoldItem Of(Event source)
    {
        (object? body, EventDigest key) = source.Type switch
        {
            FederationTypes.Artifact => OfArtifact(source.Body),
            FederationTypes.Edge => OfEdge(source.Body),
            FederationTypes.Receipt => OfReceipt(source.Body),
            FederationTypes.Tomb => (Read<TombBody>(TombBody.TryRead, source.Body), default),
            FederationTypes.Lift => (Read<LiftBody>(LiftBody.TryRead, source.Body), default),
            FederationTypes.Snapshot => (Read<SnapBody>(SnapBody.TryRead, source.Body), default),
            _ => (null, default),
        };
        return new FoldItem
        {
            Cid = source.Cid,
            Height = source.Height,
            Sequence = source.Sequence,
            Type = source.Type,
            Body = body,
            Key = key,
        };
    }

    /// <summary>The digest inside a link of the one form events may hold.</summary>
    public static EventDigest DigestOf(Cid link) => EventDigest.Read(link.Bytes[^EventDigest.Bytes..]);

    private delegate InvalidReason Reader<T>(ReadOnlyMemory<byte> body, out T? result);

    private static T? Read<T>(Reader<T> read, ReadOnlyMemory<byte> body)
        where T : class => read(body, out T? result) == InvalidReason.None ? result : null;

    private static (object? Body, EventDigest Key) OfArtifact(ReadOnlyMemory<byte> bytes) =>
        Read<ArtifactBody>(ArtifactBody.TryRead, bytes) is ArtifactBody body
            ? (body, body.IsInline ? EventDigest.Sha256(body.Inline.Span) : DigestOf(body.Data))
            : (null, default);

    private static (object? Body, EventDigest Key) OfEdge(ReadOnlyMemory<byte> bytes) =>
        Read<EdgeBody>(EdgeBody.TryRead, bytes) is EdgeBody body ? (body, body.SlotHash()) : (null, default);

    private static (object? Body, EventDigest Key) OfReceipt(ReadOnlyMemory<byte> bytes) =>
        Read<ReceiptBody>(ReceiptBody.TryRead, bytes) is ReceiptBody body ? (body, body.Key()) : (null, default);
}
