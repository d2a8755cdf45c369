using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Files;

namespace P2P.Cli.Commands;

/// <summary><c>p2p dag …</c>: blocks as DAG-JSON.</summary>
internal static class DagCommands
{
    private const long BlockBytesMax = 1 << 20;
    private static readonly TimeSpan s_stall = TimeSpan.FromSeconds(30);

    public static Command Create(GlobalOptions options)
    {
        Command dag = new("dag", "Single blocks, as DAG-JSON: get, put, resolve, stat.");
        Argument<CidPath> what = CidPath.Argument("CID of a block, or a path from it through links and fields: CID/links/0.");
        Command get = new("get", "Print a block, or the part of it that the path leads to.") { what };
        get.RunsOnNode(options, (session, parsed, cancellationToken) => GetAsync(session, parsed.GetRequiredValue(what), cancellationToken));
        Command resolve = new("resolve", "Print the CID of the block that the path leads to.") { what };
        resolve.RunsOnNode(options, (session, parsed, cancellationToken) => ResolveAsync(session, parsed.GetRequiredValue(what), cancellationToken));
        Argument<string> file = new("FILE") { Description = "DAG-JSON; - or nothing for standard input.", DefaultValueFactory = static _ => "-" };
        Command put = new("put", "Store DAG-JSON as a DAG-CBOR block and print its CID.") { file };
        put.RunsOnNode(options, (session, parsed, cancellationToken) => PutAsync(session, parsed.GetRequiredValue(file), cancellationToken),
            parsed => FileJobs.Require(options.Context, parsed.GetRequiredValue(file)));
        Argument<CidPath> root = CidPath.Argument("CID of a root.");
        Command stat = new("stat", "Count the blocks below a root that are here. Asks no peer. Exit 3 when some are missing.") { root };
        stat.RunsOnNode(options, (session, parsed, cancellationToken) => StatAsync(session, parsed.GetRequiredValue(root).Root, cancellationToken));
        dag.Subcommands.Add(get);
        dag.Subcommands.Add(put);
        dag.Subcommands.Add(resolve);
        dag.Subcommands.Add(stat);
        return dag;
    }

    private static async Task<int> GetAsync(Session session, CidPath what, CancellationToken cancellationToken)
    {
        DagPlace place = await WalkAsync(session, what, cancellationToken);
        DagCborStatus status = DagJson.TryWrite(place.Item.Span, out string json, DagWalk.Limits);
        if (status != DagCborStatus.Valid)
        {
            throw new P2PException(NodeError.ContentInvalid, $"Block {place.Cid} cannot be shown: {status}.");
        }

        session.Output.Fact("dag", new JsonObject { ["cid"] = place.Cid.ToString(), ["rest"] = place.Rest, ["node"] = JsonNode.Parse(json) }, json);
        return ExitCode.Ok;
    }

    private static async Task<int> ResolveAsync(Session session, CidPath what, CancellationToken cancellationToken)
    {
        DagPlace place = await WalkAsync(session, what, cancellationToken);
        string text = place.Rest.Length == 0 ? place.Cid.ToString() : $"{place.Cid}/{place.Rest}";
        session.Output.Fact("dag.resolved", new JsonObject { ["cid"] = place.Cid.ToString(), ["rest"] = place.Rest }, text);
        return ExitCode.Ok;
    }

    private static async Task<int> PutAsync(Session session, string file, CancellationToken cancellationToken)
    {
        byte[] text = await InputFile.ReadAsync(session.Context, file, BlockBytesMax * 8, cancellationToken);
        DagJsonStatus status = DagJsonReader.TryRead(text, out byte[] block);
        if (status != DagJsonStatus.Valid || block.Length > BlockBytesMax)
        {
            throw new CliException(
                CliError.DagInvalid, status == DagJsonStatus.Valid ? $"The block has {block.Length} bytes, {BlockBytesMax} are the most." : $"'{file}' is no DAG-JSON: {status}.");
        }

        Cid cid = await session.Node.Blocks.AddBlockAsync(Cid.ForDagCbor(block), block, cancellationToken);
        session.Output.Fact("dag.added", new JsonObject { ["cid"] = cid.ToString(), ["bytes"] = block.Length }, cid.ToString());
        return ExitCode.Ok;
    }

    private static async Task<int> StatAsync(Session session, Cid root, CancellationToken cancellationToken)
    {
        FileStat stat = await session.Node.Blocks.StatAsync(root, cancellationToken);
        JsonObject fields = new()
        {
            ["cid"] = root.ToString(),
            ["blocks"] = stat.Blocks,
            ["blocksHeld"] = stat.BlocksHeld,
            ["bytesHeld"] = stat.BytesHeld,
            ["missing"] = new JsonArray([.. stat.Missing.Select(static m => JsonValue.Create(m.ToString()))]),
            ["pinned"] = stat.IsPinned,
        };
        session.Output.Fact(
            "dag.stat", fields, $"{root}  {stat.BlocksHeld} of {stat.Blocks} known blocks, {Sizes.Of(stat.BytesHeld)}{(stat.IsPinned ? ", pinned" : string.Empty)}");
        foreach (Cid missing in stat.Missing)
        {
            session.Output.Say($"  missing {missing}");
        }

        return stat.Missing.Count == 0 ? ExitCode.Ok : ExitCode.NotFound;
    }

    private static async Task<DagPlace> WalkAsync(Session session, CidPath what, CancellationToken cancellationToken)
    {
        GetFileOptions options = new() { StallLimit = session.Timeout ?? s_stall };
        await using TransferView view = new(session, what.ToString());
        return await DagWalk.RunAsync(what, cid => session.Node.Blocks.GetBlockAsync(cid, options, cancellationToken));
    }
}
