using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs;

/// <summary>What a CID is in the file system.</summary>
/// <param name="Cid">Its root.</param>
/// <param name="Kind">File or directory; a sharded directory is one too.</param>
/// <param name="Bytes">Bytes of a file as its root claims; 0 for a directory.</param>
public sealed record UnixFsEntry(Cid Cid, UnixFsKind Kind, long Bytes);
