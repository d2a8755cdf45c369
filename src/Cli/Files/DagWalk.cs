using System.Globalization;
using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Node;

namespace P2P.Cli.Files;

/// <summary>Follows a path through the fields and links of blocks; below a directory a name is an entry.</summary>
internal static class DagWalk
{
    private const int LinksMax = 65_536;
    private const int SegmentsMax = 256;

    /// <summary>A directory of many entries has more items than an event may have.</summary>
    public static DagCborOptions Limits { get; } = new() { ItemsMax = 1 << 20 };

    /// <exception cref="P2PException">The path leads nowhere, or a block cannot be read.</exception>
    public static async Task<DagPlace> RunAsync(CidPath what, Func<Cid, Task<ReadOnlyMemory<byte>>> get)
    {
        Cid cid = what.Root;
        ReadOnlyMemory<byte> item = Show(cid, await get(cid), out DagPbNode? directory);
        List<string> inside = [];
        string[] segments = what.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length > SegmentsMax)
        {
            throw new P2PException(NodeError.ContentRefused, $"A path has at most {SegmentsMax} parts.");
        }

        foreach (string segment in segments)
        {
            DagPbLink entry = inside.Count == 0 ? directory?.Links.FirstOrDefault(l => l.Name == segment) ?? default : default;
            Cid link = entry.Cid;
            if (link.IsNone)
            {
                item = item[Inside(item.Span, segment, cid)];
                inside.Add(segment);
                link = LinkAt(item.Span);
            }

            if (!link.IsNone)
            {
                cid = link;
                item = Show(cid, await get(cid), out directory);
                inside.Clear();
            }
        }

        return new DagPlace(cid, string.Join('/', inside), item);
    }

    private static ReadOnlyMemory<byte> Show(Cid cid, ReadOnlyMemory<byte> block, out DagPbNode? node)
    {
        node = null;
        if (cid.Codec == Cid.DagPbCodec)
        {
            DagPbStatus status = DagPbNode.TryRead(block, LinksMax, out node);
            return node?.ToDagCbor() ?? throw new P2PException(NodeError.ContentInvalid, $"Block {cid} is refused as dag-pb: {status}.");
        }

        if (cid.Codec == Cid.DagCborCodec)
        {
            DagCborStatus status = DagCbor.Validate(block.Span, Limits);
            return status == DagCborStatus.Valid ? block : throw new P2PException(NodeError.ContentInvalid, $"Block {cid} is refused as dag-cbor: {status}.");
        }

        DagCborWriter writer = new(block.Length + 16);
        writer.WriteBytes(block.Span);
        return writer.ToArray();
    }

    private static Range Inside(ReadOnlySpan<byte> item, string segment, Cid cid)
    {
        DagCborReader reader = new(item, Limits);
        byte[] key = Encoding.UTF8.GetBytes(segment);
        if (reader.PeekKind() == DagCborKind.Map && reader.TryReadMapStart(out int keys))
        {
            for (int i = 0; i < keys && reader.TryReadText(out ReadOnlySpan<byte> name); i++)
            {
                int from = reader.Position;
                if (reader.TrySkip(out _) && name.SequenceEqual(key))
                {
                    return from..reader.Position;
                }
            }
        }
        else if (reader.PeekKind() == DagCborKind.Array && int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && reader.TryReadArrayStart(out int count))
        {
            for (int i = 0; i < count; i++)
            {
                int from = reader.Position;
                if (reader.TrySkip(out _) && i == index)
                {
                    return from..reader.Position;
                }
            }
        }

        throw new P2PException(NodeError.ContentUnavailable, $"Block {cid} has nothing called '{segment}' there.");
    }

    private static Cid LinkAt(ReadOnlySpan<byte> item)
    {
        DagCborReader reader = new(item, Limits);
        return reader.PeekKind() == DagCborKind.Cid && reader.TryReadCid(out Cid link) ? link : default;
    }
}
