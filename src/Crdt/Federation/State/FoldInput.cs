using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// An event as the fold needs it: by value, and without the body where the key says all. Made by a pure function of one event, so shards and threads may make
/// them in any order. A body that does not decode has no effect: the fold is total.
/// </summary>
internal readonly struct FoldInput
{
    public required EventDigest Id { get; init; }

    public required ulong Height { get; init; }

    public required ulong Sequence { get; init; }

    /// <summary>See <see cref="FoldItem.Key"/>.</summary>
    public EventDigest Key { get; private init; }

    public RecordKind Kind { get; private init; }

    /// <summary>Whether an artifact carries its data itself.</summary>
    public bool IsInline { get; private init; }

    /// <summary>Of a receipt, tombstone or lift; null otherwise, so that nothing of the usual records outlives its decoding.</summary>
    public object? Body { get; private init; }

    public static FoldInput Of(Event source) => source.Type == FederationTypes.Artifact ? OfArtifact(source) : OfOther(source);

    private static FoldInput OfArtifact(Event source)
    {
        bool isRead = ArtifactBody.TryReadData(source.Body, out ArtifactFields fields) == InvalidReason.None;
        return new FoldInput
        {
            Id = FoldItem.DigestOf(source.Cid),
            Height = source.Height,
            Sequence = source.Sequence,
            Key = isRead ? fields.Content() : default,
            Kind = isRead ? RecordKind.Artifact : RecordKind.None,
            IsInline = isRead && fields.IsInline,
        };
    }

    private static FoldInput OfOther(Event source)
    {
        FoldItem item = FoldItem.Of(source);
        return new FoldInput
        {
            Id = FoldItem.DigestOf(source.Cid),
            Height = source.Height,
            Sequence = source.Sequence,
            Key = item.Key,
            Kind = KindOf(item.Body),
            Body = item.Body is ReceiptBody or TombBody or LiftBody ? item.Body : null,
        };
    }

    private static RecordKind KindOf(object? body) => body switch
    {
        EdgeBody => RecordKind.Edge,
        ReceiptBody => RecordKind.Receipt,
        TombBody => RecordKind.Tomb,
        LiftBody => RecordKind.Lift,
        SnapBody => RecordKind.Snapshot,
        _ => RecordKind.None,
    };
}
