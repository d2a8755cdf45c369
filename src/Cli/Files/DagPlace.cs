using P2P.Core.Multiformats;

namespace P2P.Cli.Files;

/// <summary>Where a path through blocks ended.</summary>
/// <param name="Cid">The last block.</param>
/// <param name="Rest">The way inside it; empty for the block itself.</param>
/// <param name="Item">What is there, as DAG-CBOR.</param>
internal sealed record DagPlace(Cid Cid, string Rest, ReadOnlyMemory<byte> Item);
