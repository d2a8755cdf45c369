using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>What a block links to. Static, thread-safe; never throws on content.</summary>
public static class BlockLinks
{
    private const int LinksMax = 65_536;

    /// <summary>The links of a DAG-PB or DAG-CBOR block, in its order.</summary>
    /// <param name="cid">Its name; says what it is.</param>
    /// <param name="block">Its bytes.</param>
    /// <param name="links">The links; empty for blocks of other codecs, which are leaves here.</param>
    /// <returns>False when the bytes are not what the codec says.</returns>
    public static bool TryRead(Cid cid, ReadOnlyMemory<byte> block, out IReadOnlyList<Cid> links)
    {
        links = [];
        if (cid.Codec == Cid.DagPbCodec)
        {
            bool isNode = DagPbNode.TryRead(block, LinksMax, out DagPbNode? node) == DagPbStatus.Valid;
            links = isNode ? [.. node!.Links.Select(static l => l.Cid)] : [];
            return isNode;
        }

        return cid.Codec != Cid.DagCborCodec || TryReadDagCbor(block.Span, out links);
    }

    private static bool TryReadDagCbor(ReadOnlySpan<byte> block, out IReadOnlyList<Cid> links)
    {
        List<Cid> found = [];
        links = found;
        if (DagCbor.Validate(block) != DagCborStatus.Valid)
        {
            return false;
        }

        DagCborReader reader = new(block);
        while (reader.Position < block.Length)
        {
            switch (reader.PeekKind())
            {
                case DagCborKind.Map when reader.TryReadMapStart(out _):
                case DagCborKind.Array when reader.TryReadArrayStart(out _):
                    break;
                case DagCborKind.Cid when reader.TryReadCid(out Cid link):
                    found.Add(link);
                    break;
                default:
                    reader.TrySkip(out _);
                    break;
            }
        }

        return true;
    }
}
