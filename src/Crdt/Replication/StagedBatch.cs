using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Crdt.Replication;

/// <summary>What was admitted since the last commit, and what is said once it is durable.</summary>
internal sealed class StagedBatch
{
    public List<(EventNode Node, Event Event, EventSource Source)> Applied { get; } = [];

    public List<VisibilityChange> Changes { get; } = [];

    /// <summary>Events that wait for their links and are to be written.</summary>
    public Dictionary<Cid, Event> Held { get; } = [];

    /// <summary>Those of them that came unasked, for now: see <see cref="CommitPace"/>.</summary>
    public Dictionary<Cid, Event> Unasked { get; private set; } = [];

    public HashSet<Cid> Dropped { get; } = [];

    public List<ForkInfo> Forks { get; } = [];

    /// <summary>Verdicts on events that came earlier and waited.</summary>
    public List<EventVerdict> Late { get; } = [];

    public List<ReplyEffect> Replies { get; } = [];

    public List<ReadOnlyMemory<byte>> Broadcasts { get; } = [];

    /// <summary>How far peers have brought authors, for the federation's log.</summary>
    public Dictionary<(PeerId Peer, Cid Branch), PeerPosition> Positions { get; } = [];

    /// <summary>What peers brought since the last commit, for the federation's log.</summary>
    public IReadOnlyList<PeerDeliveries> Deliveries { get; set; } = [];

    /// <summary>Peers that have shown that they hold a snapshot.</summary>
    public List<SnapshotAcknowledgement> Acknowledged { get; } = [];

    public Event? OwnTip { get; set; }

    /// <summary>Heads after the batch.</summary>
    public IReadOnlyList<Cid> Heads { get; set; } = [];

    /// <summary>Frontier hash after the batch.</summary>
    public EventDigest FrontierHash { get; set; }

    /// <summary>Visible events afterwards, and their greatest height.</summary>
    public (long Count, ulong Height) Visible { get; set; }

    /// <summary>Whether there is anything to write.</summary>
    public bool NeedsCommit => Applied.Count + Held.Count + Dropped.Count + Forks.Count + Acknowledged.Count > 0;

    public bool IsEmpty => !NeedsCommit && Replies.Count + Broadcasts.Count == 0;

    /// <summary>An event waits for its links.</summary>
    public void Hold(PoolEntry entry)
    {
        (entry.Source == EventSource.Broadcast ? Unasked : Held)[entry.Held.Cid] = entry.Held;
        Dropped.Remove(entry.Held.Cid); // evicted and back in one batch: the store drops last
    }

    /// <summary>It does not any more.</summary>
    /// <returns>Whether the store was not given it yet.</returns>
    public bool Unhold(Cid cid) => Held.Remove(cid) | Unasked.Remove(cid);

    /// <summary>Those that came unasked go with the others.</summary>
    public void ReleaseUnasked()
    {
        foreach ((Cid cid, Event held) in Unasked)
        {
            Held[cid] = held;
        }

        Unasked.Clear();
    }

    /// <summary>The next batch: what this one does not take along.</summary>
    public StagedBatch Next()
    {
        StagedBatch next = new() { Unasked = Unasked };
        Unasked = [];
        return next;
    }

    /// <summary>What the store is to make durable.</summary>
    /// <param name="document">The document.</param>
    /// <param name="at">The wall clock, in milliseconds since 1970.</param>
    public StoreBatch ToStoreBatch(Cid document, ulong at) => new()
    {
        Document = document,
        Applied = [.. Applied.Select(static applied => applied.Event)],
        Held = [.. Held.Values],
        Dropped = [.. Dropped.Order()],
        Heads = Applied.Count > 0 ? Heads : null,
        OwnTip = OwnTip,
        Forks = Forks,
        Positions = [.. Positions.Values],
        Deliveries = [.. Deliveries.Select(row => row with { LastAt = at })],
        Acknowledged = Acknowledged,
    };

    /// <summary>What is answered when the batch could not be made durable: appends have failed, events of others are asked for again later.</summary>
    public IEnumerable<ReplyEffect> Failures(CommitFailedInput failed) => Replies.Select(reply => reply with
    {
        Appended = null,
        Error = reply.Appended is null ? ReplicaError.None : ReplicaError.StoreFailed,
        Message = failed.Message,
        Cause = new StoreException(failed.Error, failed.Message),
        Verdicts = [.. reply.Verdicts.Select(static v => v.Kind == EventVerdictKind.Accepted ? EventVerdict.Busy(BusyReason.Store) : v)],
    });

    /// <summary>Notes that a peer's delivery let everything behind the first <paramref name="before"/> events be applied.</summary>
    public void NotePositions(PeerId peer, Cid document, int before)
    {
        for (int i = before; i < Applied.Count && !peer.IsNone; i++)
        {
            EventNode node = Applied[i].Node;
            Cid branch = node.Chain[node.Chain.Start].Cid;
            Positions[(peer, branch)] = new PeerPosition(peer.ToString(), document, node.Author.Protobuf, branch, node.Sequence, node.Cid);
        }
    }
}
