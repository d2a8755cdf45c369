using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Tables;

/// <summary>Row of <c>federation_log</c>: how far one author's branch has come from a peer. Never one number for a peer.</summary>
/// <param name="Peer">Who brought it, as text.</param>
/// <param name="Document">The document.</param>
/// <param name="Author">Protobuf form of the author's key.</param>
/// <param name="Branch">First event of the branch: two branches of one author are two rows.</param>
/// <param name="Sequence">Highest sequence number.</param>
/// <param name="Cid">The event with it.</param>
/// <remarks>Spec: federation, F4 and F14.</remarks>
public sealed record PeerPosition(string Peer, Cid Document, ReadOnlyMemory<byte> Author, Cid Branch, ulong Sequence, Cid Cid);
