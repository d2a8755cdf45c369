using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>"These are my heads": one hop, never forwarded.</summary>
/// <param name="Document">The document.</param>
/// <param name="Heads">At most 64, ascending.</param>
/// <param name="FrontierHash">Frontier hash of the announcer.</param>
/// <param name="Nonce">Eight random bytes: without them the seen-cache would swallow a rebroadcast.</param>
public sealed record Announcement(Cid Document, IReadOnlyList<Cid> Heads, EventDigest FrontierHash, ulong Nonce);
