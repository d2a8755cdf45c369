using P2P.Core.Runtime;

namespace P2P.Crdt.Sync;

/// <summary>Local limits of sync sessions. They delay, cut or drop; whatever they drop is fetched again later.</summary>
public sealed record SyncOptions
{
    /// <summary>Block bytes in one pack frame. Default 256 KiB; a larger event travels alone.</summary>
    public int PackFrameBytes { get; init; } = 256 << 10;

    /// <summary>Block bytes in the first pack frame of a document. Default 8 KiB, doubling: readers see something early.</summary>
    public int FirstFrameBytes { get; init; } = 8 << 10;

    /// <summary>Pack frames written and not yet sent. Default 2: then the session waits for the slow reader.</summary>
    public int FramesUnsentMax { get; init; } = 2;

    /// <summary>Frames handed to the replica and not yet durable. Default 3: then nothing more is read from the stream.</summary>
    public int InsertsInFlightMax { get; init; } = 3;

    /// <summary>Inputs waiting for a session. Default 64. Full: reader, writer and replicas wait.</summary>
    public int InboxCapacity { get; init; } = 64;

    /// <summary>Requests (<c>Get</c>) one side may have open per document. Default 4.</summary>
    public int GetsInFlightMax { get; init; } = 4;

    /// <summary>Provisional blocks (not yet under a valid signature) of one author and session. Default 4,096; then they are dropped.</summary>
    public int ProvisionalEventsMax { get; init; } = 4_096;

    /// <summary>Provisional bytes of one author and session. Default 1 MiB; then they are dropped.</summary>
    public int ProvisionalBytesMax { get; init; } = 1 << 20;

    /// <summary>
    /// Provisional bytes of all documents of one session. Default 8 MiB; then what comes is dropped, and fetched by CID when something vouches for it.
    /// </summary>
    public long ProvisionalSessionBytesMax { get; init; } = 8L << 20;

    /// <summary>Block bytes of one session that brought nothing new (duplicates, orphans, bad signatures). Default 16 MiB; then the session ends.</summary>
    public long WasteBytesMax { get; init; } = 16L << 20;

    /// <summary>Wire bytes received in one session. Default 1 GiB; then it ends and the next one goes on where it stopped.</summary>
    public long SessionBytesMax { get; init; } = 1L << 30;

    /// <summary>Range messages received per document and session. Default 32; then the session ends.</summary>
    public int RangeRoundsMax { get; init; } = 32;

    /// <summary>Digest messages received per session. Default 4,096; then the session ends.</summary>
    public int DigestMessagesMax { get; init; } = 4_096;

    /// <summary>Digest questions open at once. Default 64.</summary>
    public int DigestsInFlightMax { get; init; } = 64;

    /// <summary>A peer we wait for that says and takes nothing for this long ends the session. Default 30 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Receive window asked for with the stream. Default 16 MiB.</summary>
    public int WindowBytes { get; init; } = 16 << 20;

    /// <summary>Sessions one peer may open at the same time. Default 2; more streams are reset.</summary>
    public int StreamsPerPeerMax { get; init; } = 2;

    /// <summary>Sessions that peers opened, at the same time. Default 32; more are refused as <see cref="SyncRefusal.Busy"/>, or displace one.</summary>
    public int IncomingSessionsMax { get; init; } = 32;

    /// <summary>Sessions that this node opened, at the same time. Default 32; more wait for their turn.</summary>
    public int OutgoingSessionsMax { get; init; } = 32;

    /// <summary>
    /// How long a peer's session keeps its place when all are taken and a peer without one asks. Default 30 s; then it ends as
    /// <see cref="SyncRefusal.Displaced"/>, and the next one goes on where it stopped.
    /// </summary>
    public TimeSpan SessionTurn { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A session that brings neither side anything for this long ends as <see cref="SyncRefusal.NoProgress"/>, whatever is said in it. Default 60 s.
    /// </summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of events that buy a session one second of <see cref="ProgressTimeout"/>. Default 4,096: slower than any link in use.</summary>
    public int ProgressBytesPerSecond { get; init; } = 4_096;

    /// <summary>Peers with documents waiting for a session. Default 1,024; more wait for their next announcement.</summary>
    public int WaitingPeersMax { get; init; } = 1_024;

    /// <summary>Measures reading of received messages: decoding, unpacking, hashing. Default null: not measured.</summary>
    public WorkMeter? Reading { get; init; }

    /// <summary>How often the documents that two nodes have both named are compared by digest. Default 10 min.</summary>
    public TimeSpan DormantInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Dormant documents of a node awake at the same time for sessions that found them to differ. Default 32; then those asked least recently sleep.</summary>
    public int DormantAwakeMax { get; init; } = 32;
}
