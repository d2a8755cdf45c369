using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Snapshots;

/// <summary>The events in the data of a snapshot, byte for byte, or why they cannot be read.</summary>
/// <remarks>
/// Signatures are not checked: who asks compares CIDs with those of events that were admitted once. Spec: replica, section 13, compaction.
/// </remarks>
public sealed record SnapshotArchive
{
    private static readonly Dictionary<Cid, Event> s_none = [];

    private SnapshotArchive()
    {
    }

    /// <summary>CID of the <c>snap</c> event.</summary>
    public required Cid Snapshot { get; init; }

    /// <summary>Its cut; empty when the event cannot be read.</summary>
    public IReadOnlyList<Cid> Cut { get; private init; } = [];

    /// <summary>Events by CID; empty after a refusal.</summary>
    public IReadOnlyDictionary<Cid, Event> Events { get; private init; } = s_none;

    /// <summary>Bytes of the data.</summary>
    public long Bytes { get; private init; }

    /// <summary>Why the events cannot be read; None when they can.</summary>
    public SnapshotRefusal Refusal { get; private init; }

    /// <summary>The block that is not here, when the refusal is Unavailable.</summary>
    public Cid Missing { get; private init; }

    /// <summary>Reads the data of a snapshot from blocks held here.</summary>
    /// <param name="document">The document.</param>
    /// <param name="snapshot">CID of the <c>snap</c> event.</param>
    /// <param name="blocks">Where the blocks are; what it gives is compared with the CID.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<SnapshotArchive> ReadAsync(
        Cid document, Cid snapshot, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> blocks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        SnapshotArchive archive = new() { Snapshot = snapshot };
        if (await GetAsync(snapshot, blocks, cancellationToken) is not ReadOnlyMemory<byte> offer)
        {
            return archive with { Refusal = SnapshotRefusal.Unavailable, Missing = snapshot };
        }

        if (!EventCodec.TryDecode(offer, document, out Event? read, out _) || read!.Type != FederationTypes.Snapshot
            || SnapBody.TryRead(read.Body, out SnapBody? body) != InvalidReason.None)
        {
            return archive with { Refusal = SnapshotRefusal.Offer };
        }

        archive = archive with { Cut = body!.Cut };
        return body.Data.IsNone
            ? archive with { Refusal = SnapshotRefusal.NoData }
            : await archive.ReadDataAsync(document, body.Data, blocks, cancellationToken);
    }

    private async ValueTask<SnapshotArchive> ReadDataAsync(
        Cid document, Cid data, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> blocks, CancellationToken cancellationToken)
    {
        IReadOnlyList<Cid> parts = [data];
        if (data.Codec == Cid.DagCborCodec)
        {
            if (await GetAsync(data, blocks, cancellationToken) is not ReadOnlyMemory<byte> list)
            {
                return this with { Refusal = SnapshotRefusal.Unavailable, Missing = data };
            }

            if (!SnapshotData.TryReadList(list.Span, out _, out parts))
            {
                return this with { Refusal = SnapshotRefusal.Data };
            }
        }

        SnapshotLoader loader = new(document, new SnapshotOptions(), static _ => true);
        long bytes = 0;
        foreach (Cid part in parts)
        {
            if (await GetAsync(part, blocks, cancellationToken) is not ReadOnlyMemory<byte> block)
            {
                return this with { Refusal = SnapshotRefusal.Unavailable, Missing = part };
            }

            bytes += block.Length;
            loader.Append(block.Span); // a bad status stays until the end
        }

        SnapshotStatus status = loader.Finish(out SeqImport? imported);
        return imported is null
            ? this with { Refusal = SnapshotIntake.Name(status) }
            : this with { Events = imported.Events.ToDictionary(static e => e.Cid), Bytes = bytes };
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> GetAsync(
        Cid cid, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> blocks, CancellationToken cancellationToken) =>
        await blocks(cid, cancellationToken) is ReadOnlyMemory<byte> block && cid.Verify(block.Span) ? block : default(ReadOnlyMemory<byte>?);
}
