using System.Text.Json.Nodes;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.Dashboard.Api;

/// <summary>What a block says, for people: DAG-CBOR as DAG-JSON, DAG-PB as links and file data, all else as its first bytes.</summary>
internal static class BlockView
{
    /// <summary>Longest block shown as text.</summary>
    private const int ShownMax = 256 << 10;

    private const int HexMax = 1024;

    /// <summary>Most links of a block that are read; a block of more is shown as bytes.</summary>
    private const int LinksMax = 65_536;

    private const int LinksShownMax = 256;

    /// <summary>Adds to the answer what the block holds.</summary>
    public static void Describe(Cid cid, ReadOnlyMemory<byte> block, JsonObject answer)
    {
        if (cid.Codec == Cid.DagCborCodec && block.Length <= ShownMax && DagJson.TryWrite(block.Span, out string json) == DagCborStatus.Valid)
        {
            answer["dagJson"] = json;
        }
        else if (cid.Codec == Cid.DagPbCodec && DagPbNode.TryRead(block, LinksMax, out DagPbNode? node) == DagPbStatus.Valid)
        {
            Describe(node!, answer);
        }
        else
        {
            answer["hex"] = Hex(block.Span);
        }
    }

    private static void Describe(DagPbNode node, JsonObject answer)
    {
        UnixFsNode? unixFs = null;
        if (node.Data is ReadOnlyMemory<byte> data)
        {
            if (UnixFsCodec.TryRead(data, node.Links.Count, out unixFs) == UnixFsStatus.Valid)
            {
                answer["unixFs"] = new JsonObject
                {
                    ["type"] = unixFs!.Kind.ToString(),
                    ["bytes"] = unixFs.Kind is UnixFsKind.File or UnixFsKind.Raw ? unixFs.FileBytes ?? (ulong)unixFs.Data.Length : null,
                    ["inline"] = unixFs.Data.Length,
                };
            }
            else
            {
                answer["hex"] = Hex(data.Span); // links and bytes that are no file
            }
        }

        answer["linkCount"] = node.Links.Count;
        answer["links"] = JsonAnswer.Array(node.Links.Take(LinksShownMax).Select((link, i) => (Link: link, Index: i)), l => new JsonObject
        {
            ["name"] = l.Link.Name,
            ["cid"] = l.Link.Cid.ToString(),
            ["bytes"] = unixFs?.BlockBytes.Count > l.Index ? unixFs.BlockBytes[l.Index] : null, // of the file; a directory knows none
            ["totalBytes"] = l.Link.TotalBytes,
        });
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, HexMax)]);
}
