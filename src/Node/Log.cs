using Microsoft.Extensions.Logging;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Crdt.Sync;
using P2P.Node.Peers;
using P2P.Transport.Connections;

namespace P2P.Node;

/// <summary>Log lines of the node: ids 5000 to 5999, never reused. What a peer did alone is never a warning.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "node {Peer} \"{Name}\" on {Addresses} · network {Network}")]
    public static partial void Started(this ILogger logger, string peer, string name, string addresses, string network);

    [LoggerMessage(5001, LogLevel.Information, "node stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(5010, LogLevel.Information, "peer {Peer} \"{Name}\" connected ({Found}, {Address})")]
    public static partial void PeerConnected(this ILogger logger, string peer, string name, string found, string address);

    [LoggerMessage(5011, LogLevel.Information, "peer {Peer} disconnected")]
    public static partial void PeerDisconnected(this ILogger logger, string peer);

    [LoggerMessage(5012, LogLevel.Debug, "could not connect to {Peer}: {Error} ({Message})")]
    public static partial void DialFailed(this ILogger logger, string peer, TransportError error, string message);

    [LoggerMessage(5020, LogLevel.Information, "document {Document} opened with {Events} events")]
    public static partial void DocumentOpened(this ILogger logger, string document, long events);

    [LoggerMessage(5021, LogLevel.Error, "document {Document} stopped: {Message}")]
    public static partial void DocumentFaulted(this ILogger logger, string document, string message, Exception error);

    [LoggerMessage(5030, LogLevel.Debug, "providing {Cid} failed: {Message}")]
    public static partial void ProvideFailed(this ILogger logger, string cid, string message);

    [LoggerMessage(5031, LogLevel.Debug, "fetched {Found} of {Asked} blocks, {Providers} providers")]
    public static partial void Fetched(this ILogger logger, int found, int asked, int providers);

    [LoggerMessage(5032, LogLevel.Debug, "synced with {Peer}: {Refusal}, {Received} events in, {Sent} out, {Bytes} bytes, attempt {Attempt}")]
    public static partial void Synced(this ILogger logger, string peer, SyncRefusal refusal, long received, long sent, long bytes, int attempt);

    [LoggerMessage(5033, LogLevel.Debug, "served a sync of {Peer}: {Refusal}, {Received} events in, {Sent} out, {Bytes} bytes")]
    public static partial void SyncServed(this ILogger logger, string peer, SyncRefusal refusal, long received, long sent, long bytes);

    [LoggerMessage(5040, LogLevel.Information, "started from snapshot {Snapshot} with {Events} events")]
    public static partial void Bootstrapped(this ILogger logger, string snapshot, int events);

    [LoggerMessage(5052, LogLevel.Information, "snapshot {Snapshot}: {Applied} of {Events} events came in, then the store took no more ({Limit}); they come by sync when there is room")]
    public static partial void BootstrapStopped(this ILogger logger, string snapshot, long applied, int events, BusyReason limit);

    [LoggerMessage(5053, LogLevel.Debug, "block {Block} of a snapshot was used and not kept: {Message}")]
    public static partial void BootstrapNotOffered(this ILogger logger, string block, string message);

    [LoggerMessage(5041, LogLevel.Warning, "snapshot {Snapshot} of the trusted author {Author} is false ({Refusal}) and was ignored")]
    public static partial void SnapshotRefused(this ILogger logger, string snapshot, string author, SnapshotRefusal refusal);

    [LoggerMessage(5049, LogLevel.Warning, "document {Document} could not start from a snapshot and comes from its history: {Message}")]
    public static partial void BootstrapFailed(this ILogger logger, string document, string message, Exception error);

    [LoggerMessage(5042, LogLevel.Warning, "the data folder was restored, copied or moved: writing under a new author key, {Author}")]
    public static partial void FolderWasCopied(this ILogger logger, string author);

    [LoggerMessage(5043, LogLevel.Warning, "the author key was used elsewhere (a disk that was rolled back, or two programs with one key): writing under a new one, {Author}")]
    public static partial void AuthorRenewed(this ILogger logger, string author);

    [LoggerMessage(5054, LogLevel.Information, "document {Document}: own events that were erased here could not be had from anybody; it is written under an author key of its own from now on, {Author}")]
    public static partial void DocumentAuthorGiven(this ILogger logger, string document, string author);

    [LoggerMessage(5044, LogLevel.Error, "the author key was used elsewhere and no new one could be stored, nothing is written: {Message}")]
    public static partial void AuthorNotRenewed(this ILogger logger, string message);

    [LoggerMessage(5046, LogLevel.Debug, "the clock of document {Document} could not be stored and is silent: {Message}")]
    public static partial void ClockFailed(this ILogger logger, string document, string message);

    [LoggerMessage(5045, LogLevel.Debug, "document {Document}: the branches of the old author key were not merged ({Error})")]
    public static partial void NotMerged(this ILogger logger, string document, ReplicaError error);

    [LoggerMessage(5050, LogLevel.Error, "the documents of the store cannot be read; those that are not open do not sync: {Message}")]
    public static partial void DocumentsNotRead(this ILogger logger, string message);

    [LoggerMessage(5060, LogLevel.Information, "the store was nearly at its quota: dropped {Blocks} blocks ({Bytes} bytes) that can be fetched again, and {Events} that a snapshot has too")]
    public static partial void RoomMade(this ILogger logger, long blocks, long bytes, long events);

    [LoggerMessage(5061, LogLevel.Warning, "the store uses {Used} of {Quota} bytes and nothing more can be dropped, because it is needed or no connected peer keeps it: unpin files, let unpinned ones go while the node does not run, or raise the quota; when it is full only own events are taken")]
    public static partial void NoRoomMade(this ILogger logger, long used, long quota);

    [LoggerMessage(5062, LogLevel.Debug, "making room in the store failed: {Message}")]
    public static partial void RoomFailed(this ILogger logger, string message);

    [LoggerMessage(5048, LogLevel.Information, "peer {Peer} is banned for a while: {Fault} ({BadBlocks} bad blocks, {BrokenSyncs} broken sync sessions)")]
    public static partial void PeerBanned(this ILogger logger, string peer, PeerFault fault, int badBlocks, int brokenSyncs);

    [LoggerMessage(5051, LogLevel.Debug, "{Bytes} bytes that somebody signed were not taken as {Type}: its code threw")]
    public static partial void EntryThrew(this ILogger logger, string type, int bytes, Exception error);

    [LoggerMessage(5047, LogLevel.Debug, "{Documents} documents in the store")]
    public static partial void DocumentsRead(this ILogger logger, int documents);
}
