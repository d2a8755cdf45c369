using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Replication;

/// <summary>What a replica is made of, and its local limits. None of these changes what is valid.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The document.</summary>
    public required Genesis Genesis { get; init; }

    /// <summary>Where events are kept. Not owned: several replicas share it.</summary>
    public required IEventStore Store { get; init; }

    /// <summary>Live broadcast, or null. Owned: disposed with the replica.</summary>
    public IBroadcaster? Broadcaster { get; init; }

    /// <summary>Fetches what is missing, or null. Owned: disposed with the replica.</summary>
    public ISyncer? Syncer { get; init; }

    /// <summary>Author key to write with; default: the store's. Null in both: read only.</summary>
    public ISigner? Signer { get; init; }

    /// <summary>Type rules; types without rules are stored, relayed and ordered only.</summary>
    public IReadOnlyList<IEventTypeRules> TypeRules { get; init; } = [];

    /// <summary>Folds kept up to date on the replica's loop. At open they are given the whole history.</summary>
    public IReadOnlyList<IFold> Folds { get; init; } = [];

    /// <summary>
    /// Called on the replica's loop exactly once per applied event, after durability, in causal order. Must not wait. Not
    /// called for what was applied in an earlier session.
    /// </summary>
    public Action<Event, EventSource>? OnNewEvent { get; init; }

    /// <summary>
    /// Called on the replica's loop when it finds that its author key was used elsewhere: it writes no more before
    /// <see cref="Replica.ContinueAsAsync"/>. Must not wait.
    /// </summary>
    public Action? OnIdentityReused { get; init; }

    /// <summary>Called on the replica's loop when <see cref="ReplicaStatus.HidesOwn"/> becomes true. Must not wait.</summary>
    public Action? OnOwnHidden { get; init; }

    /// <summary>
    /// Called on the replica's loop when a peer brought a block that it could have found wrong itself (size, hash, form, signature). Must not wait.
    /// </summary>
    public Action<PeerId, EventVerdict>? OnSenderFault { get; init; }

    /// <summary>Metrics, shared by all replicas of a node, or null.</summary>
    public ReplicaMetrics? Metrics { get; init; }

    /// <summary>Measures where the time goes; costs some system calls a turn of the loop. Default null: not measured.</summary>
    public ReplicaWork? Work { get; init; }

    /// <summary>Bugs that a test turns on. Default: none.</summary>
    internal DraftDefects Defects { get; init; }

    /// <summary>Clock and timers. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = SystemTime.Provider;

    /// <summary>Starts the loops. Default: the thread pool.</summary>
    public ISpawner Spawner { get; init; } = PoolSpawner.Instance;

    /// <summary>Jitter and nonces. Default: the operating system's.</summary>
    public IChance Chance { get; init; } = SystemChance.Instance;

    /// <summary>Waiting room: most events. Default 16,384.</summary>
    public int PoolEventsMax { get; init; } = 16_384;

    /// <summary>Waiting room: most events one peer may have brought. Default 1,024.</summary>
    public int PoolEventsPerPeerMax { get; init; } = 1_024;

    /// <summary>Waiting room: most links its events may wait for, about 200 bytes each. Default 131,072; then events go, as when it is full.</summary>
    public int PoolLinksMax { get; init; } = 131_072;

    /// <summary>Waiting room: most links that events one peer has brought may wait for. Default 32,768; then its oldest events go.</summary>
    public int PoolLinksPerPeerMax { get; init; } = 32_768;

    /// <summary>Waiting room: share of events, bytes and links that one author's unasked events may take, percent. Default 25.</summary>
    public int PoolAuthorPercent { get; init; } = 25;

    /// <summary>Blocks that a peer could have found wrong itself before nothing of it is looked at for a while. Default 32.</summary>
    public int SenderFaultsMax { get; init; } = 32;

    /// <summary>How long a peer is not looked at, and after what time its faults are forgotten. Default 10 min.</summary>
    public TimeSpan SenderPenalty { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Waiting room: most bytes. Default 32 MiB.</summary>
    public long PoolBytesMax { get; init; } = 32L << 20;

    /// <summary>Missing events fetched at once. Default 64.</summary>
    public int FetchInFlightMax { get; init; } = 64;

    /// <summary>Longest wait for one fetch; then it counts as failed and another peer is asked. Default 30 s.</summary>
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First wait before a failed fetch is tried again. Default 1 s; doubles up to <see cref="FetchBackoffMax"/>, jittered.</summary>
    public TimeSpan FetchBackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between fetches of one CID. Default 5 min.</summary>
    public TimeSpan FetchBackoffMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A running sync session that brings nothing holds fetches by CID up no longer than this. Default 10 s.</summary>
    public TimeSpan SyncHoldMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Announced heads of one peer that may be unknown and looked for at once. Default 64.</summary>
    public int AnnouncedPerPeerMax { get; init; } = 64;

    /// <summary>A merge event is written above this many heads. Default 16.</summary>
    public int HeadsBeforeMerge { get; init; } = 16;

    /// <summary>A merge waits a random time up to this, lest all replicas write one. Default 5 s.</summary>
    public TimeSpan MergeDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether this replica writes merge events. Default true.</summary>
    public bool WritesMerges { get; init; } = true;

    /// <summary>Least announcement interval. Default 30 s; doubles while nothing changes.</summary>
    public TimeSpan AnnounceIntervalMin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Greatest announcement interval. Default 1 h.</summary>
    public TimeSpan AnnounceIntervalMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memoised permanent verdicts. Default 65,536; the oldest is forgotten first.</summary>
    public int VerdictMemoMax { get; init; } = 65_536;

    /// <summary>Author keys kept ready for checking signatures, about 1 KiB each. Default 1,024; the oldest is forgotten first.</summary>
    public int PreparedKeysMax { get; init; } = 1_024;

    /// <summary>Threads that check the signatures of what arrived together, the document's own loop included. Default: the processors, at most 8.</summary>
    public int VerifyWorkersMax { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Peers remembered for announcements and limits. Default 1,024; the oldest is forgotten first.</summary>
    public int PeersMax { get; init; } = 1_024;

    /// <summary>Commands waiting for the loop. Default 1,024. Full: gossip is dropped, callers wait.</summary>
    public int InboxCapacity { get; init; } = 1_024;

    /// <summary>Payloads waiting to be broadcast. Default 256. Full: the oldest is dropped; announcements and sync repair it.</summary>
    public int OutboxCapacity { get; init; } = 256;

    /// <summary>
    /// How long events that came unasked and wait for their links may wait for a commit that is needed anyway. Default 100 ms; zero: each time one of their own.
    /// </summary>
    public TimeSpan HeldDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Most events in one durable commit. Default 1,024.</summary>
    public int CommitEventsMax { get; init; } = 1_024;
}
