using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Replication;

/// <summary>What happens to the core.</summary>
internal abstract record ReplicaInput;

/// <summary>Blocks arrived, oldest first.</summary>
/// <param name="Blocks">The blocks.</param>
/// <param name="Peer">Who brought them; none = we asked for them, or the store.</param>
/// <param name="Source">Kind of source.</param>
/// <param name="Token">Whom to answer, or null.</param>
internal sealed record BlocksInput(IReadOnlyList<IncomingBlock> Blocks, PeerId Peer, EventSource Source, object? Token) : ReplicaInput
{
    /// <summary>A frame of a sync session: a later one may vouch for what this one leaves uncovered, so a bad signature is nobody's fault yet.</summary>
    public bool IsFrame { get; init; }

    /// <summary>What a sync session received.</summary>
    /// <param name="blocks">In causal order.</param>
    /// <param name="peer">Who brought them.</param>
    /// <param name="token">Whom to answer, or null.</param>
    public static BlocksInput Frame(IReadOnlyList<SyncBlock> blocks, PeerId peer, object? token) => new(
        [.. blocks.Select(static block => new IncomingBlock(block.Bytes, block.Expected, block.Decoded, SignatureVerified: false))],
        peer,
        EventSource.Sync,
        token)
    {
        IsFrame = true,
    };

    /// <summary>Whether whoever brought the block could have found it wrong: what was asked for by CID only when it is something else.</summary>
    /// <param name="index">The block.</param>
    /// <param name="verdict">What was found.</param>
    public bool IsAtFault(int index, EventVerdict verdict) => verdict.CostsSender && !(IsFrame && verdict.Reason == InvalidReason.Signature)
        && (Blocks[index].Expected.IsNone || verdict.Reason == InvalidReason.CidMismatch);
}

/// <summary>A peer said which heads it has.</summary>
internal sealed record AnnouncedInput(Announcement Announcement, PeerId Peer) : ReplicaInput;

/// <summary>Write an own event.</summary>
/// <param name="Draft">What to say.</param>
/// <param name="At">Unix milliseconds to claim.</param>
/// <param name="IsBroadcast">Whether to broadcast it when it is durable.</param>
/// <param name="Token">Whom to answer.</param>
internal sealed record AppendInput(EventDraft Draft, ulong At, bool IsBroadcast, object Token) : ReplicaInput;

/// <summary>Write under another key from now on.</summary>
internal sealed record NewSignerInput(ISigner Signer) : ReplicaInput;

/// <summary>A peer joined the topic.</summary>
internal sealed record PeerJoinedInput(PeerId Peer) : ReplicaInput;

/// <summary>Bring the document up to date with a peer.</summary>
internal sealed record SyncWantedInput(PeerId Peer) : ReplicaInput;

/// <summary>A peer said in a sync session which heads it has.</summary>
internal sealed record ShownHeadsInput(PeerId Peer, IReadOnlyList<Cid> Heads) : ReplicaInput;

/// <summary>A fetch ended.</summary>
internal sealed record FetchedInput(IReadOnlyList<Cid> Cids, IReadOnlyList<Event?> Found) : ReplicaInput
{
    /// <summary>What was found, each with what it was asked for as.</summary>
    public List<IncomingBlock> Blocks()
    {
        List<IncomingBlock> blocks = [];
        for (int i = 0; i < Cids.Count && i < Found.Count; i++)
        {
            if (Found[i] is Event found)
            {
                blocks.Add(new IncomingBlock(found.Bytes, Cids[i], found, SignatureVerified: false));
            }
        }

        return blocks;
    }
}

/// <summary>A sync session ended.</summary>
internal sealed record SyncedInput(PeerId Peer) : ReplicaInput;

/// <summary>The batch in flight is durable.</summary>
internal sealed record CommittedInput : ReplicaInput;

/// <summary>The batch in flight is not acknowledged.</summary>
internal sealed record CommitFailedInput(StoreError Error, string Message) : ReplicaInput;

/// <summary>Time passed, or the inbox is empty for now: what was staged may be committed.</summary>
/// <param name="WallClock">Unix milliseconds, only for records we write ourselves (merges).</param>
/// <param name="IsLast">Nothing comes any more: whatever is staged is committed.</param>
internal sealed record TickInput(ulong WallClock, bool IsLast = false) : ReplicaInput;
