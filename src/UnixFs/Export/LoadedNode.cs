using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Export;

/// <summary>A node whose bytes are what its CID says.</summary>
/// <param name="Cid">Its name.</param>
/// <param name="Node">Its UnixFS data.</param>
/// <param name="Links">Its links; for files as many as block sizes.</param>
internal sealed record LoadedNode(Cid Cid, UnixFsNode Node, IReadOnlyList<DagPbLink> Links)
{
    public bool IsFile => Node.Kind is UnixFsKind.File or UnixFsKind.Raw;

    /// <summary>Bytes of the file below; checked to add up.</summary>
    public ulong FileBytes => Node.FileBytes ?? (ulong)Node.Data.Length;
}
