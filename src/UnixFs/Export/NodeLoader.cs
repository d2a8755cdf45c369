using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Export;

/// <summary>Gets blocks, checks them against their CIDs, and reads what they are.</summary>
/// <param name="source">Where they come from.</param>
/// <param name="limits">What is read at most.</param>
internal sealed class NodeLoader(IBlockSource source, UnixFsLimits limits)
{
    public UnixFsLimits Limits => limits;

    public int Window => Math.Max(1, source.Window);

    /// <exception cref="UnixFsException">Missing, too large, or other bytes than its CID says.</exception>
    public async Task<ReadOnlyMemory<byte>> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        if (cid.Codec is not (Cid.RawCodec or Cid.DagPbCodec))
        {
            throw new UnixFsException(UnixFsError.UnknownCodec, cid, $"{cid} has codec 0x{cid.Codec:x}; files are made of raw and dag-pb blocks.");
        }

        ReadOnlyMemory<byte> bytes = await source.GetAsync(cid, cancellationToken)
            ?? throw new UnixFsException(UnixFsError.BlockMissing, cid, $"Block {cid} is not here.");
        if (bytes.Length > limits.BlockBytesMax)
        {
            throw new UnixFsException(UnixFsError.TooLarge, cid, $"Block {cid} has {bytes.Length} bytes; {limits.BlockBytesMax} are read at most.");
        }

        return cid.Verify(bytes.Span) ? bytes : throw new UnixFsException(UnixFsError.WrongBytes, cid, $"The bytes of {cid} do not hash to it.");
    }

    /// <summary>What a verified block is. A raw block is a leaf.</summary>
    /// <exception cref="UnixFsException">It is no UnixFS node, too wide, or its sizes do not add up.</exception>
    public LoadedNode Read(Cid cid, ReadOnlyMemory<byte> bytes)
    {
        if (cid.Codec == Cid.RawCodec)
        {
            return new LoadedNode(cid, new UnixFsNode { Kind = UnixFsKind.Raw, Data = bytes, FileBytes = (ulong)bytes.Length }, []);
        }

        DagPbStatus status = DagPbNode.TryRead(bytes, limits.LinksMax, out DagPbNode? node);
        if (node is null)
        {
            throw new UnixFsException(
                status == DagPbStatus.TooManyLinks ? UnixFsError.TooWide : UnixFsError.NotDagPb, cid, $"Block {cid} is refused as dag-pb: {status}.");
        }

        UnixFsStatus read = UnixFsStatus.Malformed;
        if (node.Data is not ReadOnlyMemory<byte> data || (read = UnixFsCodec.TryRead(data, node.Links.Count, out UnixFsNode? unixFs)) != UnixFsStatus.Valid)
        {
            throw new UnixFsException(
                read == UnixFsStatus.WrongSize ? UnixFsError.WrongSize : UnixFsError.NotUnixFs, cid, $"Block {cid} is refused as UnixFS: {(node.Data is null ? "no data" : read)}.");
        }

        if (unixFs!.Kind is UnixFsKind.File or UnixFsKind.Raw && unixFs.BlockBytes.Count != node.Links.Count)
        {
            throw new UnixFsException(UnixFsError.WrongSize, cid, $"Block {cid} has {node.Links.Count} links and {unixFs.BlockBytes.Count} sizes for them.");
        }

        return new LoadedNode(cid, unixFs, node.Links);
    }

    public async Task<LoadedNode> LoadAsync(Cid cid, CancellationToken cancellationToken) => Read(cid, await GetAsync(cid, cancellationToken));
}
