using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>Bytes with the CID that names them. Whoever makes one from a peer's bytes has verified the CID first.</summary>
/// <param name="Cid">The name.</param>
/// <param name="Data">The bytes; not to be changed.</param>
public readonly record struct Block(Cid Cid, ReadOnlyMemory<byte> Data);
