using P2P.Core.Multiformats;

namespace P2P.UnixFs;

/// <summary>A file, a part of one or a directory, as its parent names it.</summary>
/// <param name="Cid">Its root.</param>
/// <param name="FileBytes">Bytes of the file; 0 for a directory.</param>
/// <param name="TotalBytes">Bytes of all blocks below, its own included; one that is linked twice counts twice.</param>
public readonly record struct UnixFsLink(Cid Cid, ulong FileBytes, ulong TotalBytes);
