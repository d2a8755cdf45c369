using P2P.Core.Identity;

namespace P2P.Crdt.Replication;

/// <summary>A payload heard on the document's topic.</summary>
/// <param name="Source">Who handed it to us; default when unknown.</param>
/// <param name="Payload">The gossip payload (see <see cref="GossipPayload"/>).</param>
/// <param name="SignatureVerified">Whether the validator has verified the event's own signature, so that nobody does it twice.</param>
public readonly record struct BroadcastMessage(PeerId Source, ReadOnlyMemory<byte> Payload, bool SignatureVerified);
