using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Documents;
using P2P.Node.Peers;
using P2P.Storage;

namespace P2P.Node.Inspection;

/// <summary>Limits of documents, of their sync and of their store.</summary>
internal static class DocumentLimits
{
    public static IEnumerable<LimitState> OfReplicas(ReplicaOptions options) => LimitState.Of("ReplicaOptions.", isSettable: false,
    [
        new(nameof(options.PoolEventsMax), LimitScope.Document, options.PoolEventsMax, "waiting room: most events"),
        new(nameof(options.PoolEventsPerPeerMax), LimitScope.Peer, options.PoolEventsPerPeerMax, "waiting room: most events one peer may have brought"),
        new(nameof(options.PoolLinksMax), LimitScope.Document, options.PoolLinksMax, "waiting room: most links its events may wait for, about 200 bytes each"),
        new(nameof(options.PoolLinksPerPeerMax), LimitScope.Peer, options.PoolLinksPerPeerMax, "waiting room: most links that events one peer has brought may wait for"),
        new(nameof(options.PoolAuthorPercent), LimitScope.Author, options.PoolAuthorPercent, "waiting room: share of events, bytes and links that one author's unasked events may take, percent"),
        new(nameof(options.SenderFaultsMax), LimitScope.Peer, options.SenderFaultsMax, "blocks that a peer could have found wrong itself before nothing of it is looked at for a while"),
        new(nameof(options.PoolBytesMax), LimitScope.Document, options.PoolBytesMax, "waiting room: most bytes"),
        new(nameof(options.FetchInFlightMax), LimitScope.Document, options.FetchInFlightMax, "missing events fetched at once"),
        new(nameof(options.AnnouncedPerPeerMax), LimitScope.Peer, options.AnnouncedPerPeerMax, "announced heads of one peer that may be unknown and looked for at once"),
        new(nameof(options.VerdictMemoMax), LimitScope.Document, options.VerdictMemoMax, "memoised permanent verdicts"),
        new(nameof(options.PreparedKeysMax), LimitScope.Document, options.PreparedKeysMax, "author keys kept ready for checking signatures, about 1 KiB each"),
        new(nameof(options.PeersMax), LimitScope.Document, options.PeersMax, "peers remembered for announcements and limits"),
        new(nameof(options.InboxCapacity), LimitScope.Document, options.InboxCapacity, "commands waiting for the loop"),
        new(nameof(options.OutboxCapacity), LimitScope.Document, options.OutboxCapacity, "payloads waiting to be broadcast"),
        new(nameof(options.CommitEventsMax), LimitScope.Document, options.CommitEventsMax, "most events in one durable commit"),
    ]);

    public static IEnumerable<LimitState> OfSync(SyncOptions options) => LimitState.Of("SyncOptions.", isSettable: false,
    [
        new(nameof(options.FramesUnsentMax), LimitScope.Session, options.FramesUnsentMax, "pack frames written and not yet sent"),
        new(nameof(options.InsertsInFlightMax), LimitScope.Session, options.InsertsInFlightMax, "frames handed to the replica and not yet durable"),
        new(nameof(options.InboxCapacity), LimitScope.Session, options.InboxCapacity, "inputs waiting for a session"),
        new(nameof(options.GetsInFlightMax), LimitScope.Session, options.GetsInFlightMax, "requests (Get) one side may have open per document"),
        new(nameof(options.ProvisionalEventsMax), LimitScope.Author, options.ProvisionalEventsMax, "provisional blocks (not yet under a valid signature) of one author and session"),
        new(nameof(options.ProvisionalBytesMax), LimitScope.Author, options.ProvisionalBytesMax, "provisional bytes of one author and session"),
        new(nameof(options.ProvisionalSessionBytesMax), LimitScope.Session, options.ProvisionalSessionBytesMax, "provisional bytes of all documents of one session"),
        new(nameof(options.WasteBytesMax), LimitScope.Session, options.WasteBytesMax, "block bytes of one session that brought nothing new (duplicates, orphans, bad signatures)"),
        new(nameof(options.SessionBytesMax), LimitScope.Session, options.SessionBytesMax, "wire bytes received in one session"),
        new(nameof(options.RangeRoundsMax), LimitScope.Session, options.RangeRoundsMax, "range messages received per document and session"),
        new(nameof(options.DigestMessagesMax), LimitScope.Session, options.DigestMessagesMax, "digest messages received per session"),
        new(nameof(options.DigestsInFlightMax), LimitScope.Session, options.DigestsInFlightMax, "digest questions open at once"),
        new(nameof(options.StreamsPerPeerMax), LimitScope.Peer, options.StreamsPerPeerMax, "sessions one peer may open at the same time"),
        new(nameof(options.IncomingSessionsMax), LimitScope.Node, options.IncomingSessionsMax, "sessions that peers opened, at the same time"),
        new(nameof(options.OutgoingSessionsMax), LimitScope.Node, options.OutgoingSessionsMax, "sessions that this node opened, at the same time"),
        new(nameof(options.WaitingPeersMax), LimitScope.Node, options.WaitingPeersMax, "peers with documents waiting for a session"),
        new(nameof(options.DormantAwakeMax), LimitScope.Node, options.DormantAwakeMax, "dormant documents of a node awake at the same time for sessions that found them to differ"),
    ]);

    public static IEnumerable<LimitState> OfPresence(PresenceOptions options) => LimitState.Of("Presence:", isSettable: true,
    [
        new(nameof(options.Burst), LimitScope.Author, options.Burst, "messages of one author that may come at once, for the network bunches them"),
        new(nameof(options.PeersMax), LimitScope.Document, options.PeersMax, "others shown in one document"),
        new(nameof(options.PeersPerSourceMax), LimitScope.Peer, options.PeersPerSourceMax, "others that one neighbour may bring, itself included"),
        new(nameof(options.SourceRateMax), LimitScope.Peer, options.SourceRateMax, "messages a second that one neighbour may bring, looked at before they are read"),
        new(nameof(options.SourcesMax), LimitScope.Document, options.SourcesMax, "neighbours that are counted"),
        new(nameof(options.GoneMax), LimitScope.Document, options.GoneMax, "authors who went, whose last number is remembered so that an old message cannot bring them back"),
        new(nameof(options.InboxCapacity), LimitScope.Document, options.InboxCapacity, "messages and calls that may wait"),
    ]);

    public static IEnumerable<LimitState> OfClocks(ClockOptions options) => LimitState.Of("Clocks:", isSettable: true,
    [
        new(nameof(options.PeersMax), LimitScope.Document, options.PeersMax, "peers of a document whose last stamp is remembered, and that count as live on its island"),
        new(nameof(options.ChangesMax), LimitScope.Document, options.ChangesMax, "times in one epoch that a clock moves to another island or gives its id up for one found used twice"),
    ]);

    public static IEnumerable<LimitState> OfIdentities(IdentityOptions options) => LimitState.Of("Clocks:Identity:", isSettable: true,
    [
        new(nameof(options.GrantsMax), LimitScope.Document, options.GrantsMax, "grants remembered so that a repeated request gets the same one"),
        new(nameof(options.InheritedMax), LimitScope.Document, options.InheritedMax, "inheritances remembered, so that a repeated one changes nothing"),
        new(nameof(options.WaitingMax), LimitScope.Document, options.WaitingMax, "sends waiting for the store"),
    ]);

    public static IEnumerable<LimitState> OfTexts(TextOptions options) => LimitState.Of("Text:", isSettable: true,
    [
        new(nameof(options.UndoGroupsMax), LimitScope.Document, options.UndoGroupsMax, "groups of own edits that can be undone"),
        new(nameof(options.InsertMax), LimitScope.Call, options.InsertMax, "longest text of one call, in UTF-16 units"),
        new(nameof(options.InboxCapacity), LimitScope.Document, options.InboxCapacity, "edits that may wait in the document's inbox"),
        new(nameof(options.RebaseDepth), LimitScope.Document, options.RebaseDepth, "how many past changes an edit may be rebased over"),
    ]);

    public static IEnumerable<LimitState> OfPenalties(PenaltyOptions options) => LimitState.Of("PenaltyOptions.", isSettable: false,
    [
        new(nameof(options.PointsMax), LimitScope.Peer, options.PointsMax, "points within Window at which a peer is banned"),
        new(nameof(options.PeersMax), LimitScope.Peer, options.PeersMax, "peers remembered"),
    ]);

    public static IEnumerable<LimitState> OfStore(StorageOptions options, long? usedBytes) => LimitState.Of("Storage:", isSettable: true,
    [
        new(nameof(options.GroupEventsMax), LimitScope.Store, options.GroupEventsMax, "most events in one transaction"),
        new(nameof(options.InboxCapacity), LimitScope.Store, options.InboxCapacity, "writes that may wait"),
        new(nameof(options.QuotaBytes), LimitScope.Store, options.QuotaBytes, "the database grows to this many bytes") { Current = usedBytes },
        new(nameof(options.AuthorSharePercent), LimitScope.Author, options.AuthorSharePercent, "share of the quota that the events of one remote author may take, percent"),
        new(nameof(options.EvictProofBytes), LimitScope.Store, options.EvictProofBytes, "bytes that strangers are asked to give whenever room is made, to prove that they keep what is to go"),
        new(nameof(options.RemoteReserveBytes), LimitScope.Store, options.RemoteReserveBytes, "events of others are taken while the disk has this many bytes free, and 5 % of its size"),
        new(nameof(options.OwnReserveBytes), LimitScope.Store, options.OwnReserveBytes, "own events are taken while the disk has this many bytes free"),
        new(nameof(options.ArchiveCacheBytes), LimitScope.Store, options.ArchiveCacheBytes, "data of snapshots whose events stay in memory once a dropped block was read from them, bytes"),
    ]);
}
