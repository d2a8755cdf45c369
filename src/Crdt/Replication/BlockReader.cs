using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Steps 1 to 5 of admission, and what needs no signature: duplicates and memoised verdicts.</summary>
/// <remarks>Spec: replica, section 4.</remarks>
internal sealed class BlockReader(ReplicaOptions options, DocumentState state, OrphanPool pool, BoundedMemo<Cid, InvalidReason> invalid)
{
    /// <summary>Reads a block.</summary>
    /// <param name="block">Hostile bytes.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="decoded">The event, or null when it can be none of this document.</param>
    /// <returns>None when it goes on to step 6.</returns>
    public EventVerdict Read(IncomingBlock block, EventSource source, out Event? decoded)
    {
        decoded = block.Decoded;
        if (block.Bytes.Length > EventLimits.BlockBytesMax)
        {
            return EventVerdict.Invalid(InvalidReason.Size);
        }

        InvalidReason reason = InvalidReason.None;
        if (decoded is null)
        {
            _ = EventCodec.TryDecode(block.Bytes, options.Genesis.Cid, out decoded, out reason);
        }
        else if (decoded.Document != options.Genesis.Cid)
        {
            reason = InvalidReason.Document;
        }

        // A block asked for by CID must be that block, whatever else it is. The decoder has hashed it already.
        if (!block.Expected.IsNone && (decoded is not null ? decoded.Cid != block.Expected : !block.Expected.Verify(block.Bytes.Span)))
        {
            reason = InvalidReason.CidMismatch;
        }

        if (reason != InvalidReason.None)
        {
            decoded = null;
            return EventVerdict.Invalid(reason);
        }

        Cid cid = decoded!.Cid;
        return state.Graph.Find(cid) is not null || pool.Find(cid) is not null ? EventVerdict.Duplicate
            : invalid.TryGet(cid, out InvalidReason known) ? EventVerdict.Invalid(known)
            : source == EventSource.None ? EventVerdict.Busy(BusyReason.Source)
            : source == EventSource.Store || options.Store.HasRoomFor(decoded.Author.Span) ? default
            : EventVerdict.Busy(BusyReason.AuthorShare);
    }
}
