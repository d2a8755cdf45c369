using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>One frame of the sync protocol.</summary>
internal abstract record SyncMessage;

/// <summary>What a side holds, said once by each: <c>Open</c> by the opener of the stream, <c>Have</c> by the other.</summary>
internal sealed record SummaryMessage(bool IsOpen, ReadOnlyMemory<byte> Nonce, IReadOnlyList<SyncSummary> Documents) : SyncMessage;

/// <summary>Events in causal order.</summary>
internal sealed record PackMessage(Cid Document, IReadOnlyList<Event> Events) : SyncMessage;

/// <summary>The pack is complete: how many events it had since the last end, and the sender's heads when it was put together.</summary>
internal sealed record PackEndMessage(Cid Document, ulong Count, IReadOnlyList<Cid> Heads) : SyncMessage;

/// <summary>Asks for events by CID.</summary>
internal sealed record GetMessage(Cid Document, IReadOnlyList<Cid> Cids) : SyncMessage;

/// <summary>Blocks in the order and length of a <c>Get</c>, null where there is none; unasked: both sides of fork proofs.</summary>
internal sealed record BlocksMessage(Cid Document, IReadOnlyList<ReadOnlyMemory<byte>?> Blocks) : SyncMessage;

/// <summary>Ranges of one document; empty = nothing more to compare.</summary>
internal sealed record RangeMessage(Cid Document, IReadOnlyList<RangeEntry> Entries) : SyncMessage;

/// <summary>Hashes of the digest tree: the root (level 0), or the sixteen children of the node at a prefix of level − 1 digits.</summary>
internal sealed record DigestMessage(int Level, ReadOnlyMemory<byte> Prefix, IReadOnlyList<EventDigest> Hashes) : SyncMessage;

/// <summary>Why the sender ends the session.</summary>
internal sealed record ErrorMessage(ulong Code, string Text) : SyncMessage;
