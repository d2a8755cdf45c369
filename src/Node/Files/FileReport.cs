using P2P.Core.Multiformats;

namespace P2P.Node.Files;

/// <summary>What a finished get was.</summary>
/// <param name="Cid">The root.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Bytes">Bytes written, of all files in it.</param>
/// <param name="BlocksFetched">Blocks that came from peers.</param>
/// <param name="BlocksHeld">Blocks that were here already: of an earlier try, or of other files.</param>
/// <param name="BytesFetched">Bytes of the blocks that came from peers.</param>
public sealed record FileReport(Cid Cid, bool IsDirectory, long Bytes, long BlocksFetched, long BlocksHeld, long BytesFetched);
