using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Core.Multiformats;

namespace P2P.Cli.Commands;

/// <summary><c>p2p put</c>: a file or folder into the store, by CID.</summary>
internal static class PutCommand
{
    public static Command Create(GlobalOptions options)
    {
        Argument<string> path = new("FILE") { Description = "File or folder; - or nothing for standard input.", DefaultValueFactory = static _ => "-" };
        Command command = new("put", "Store a file or folder and print its CID: the same that Helia and kubo (unixfs-v1-2025) give it.") { path };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => RunAsync(session, parsed.GetRequiredValue(path), cancellationToken),
            parsed => FileJobs.Require(options.Context, parsed.GetRequiredValue(path)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string path, CancellationToken cancellationToken)
    {
        (Cid cid, string name, long bytes) = await FileJobs.AddAsync(session, path, cancellationToken);
        string next = path == "-" ? $"p2p get {cid}" : $"p2p get {cid} -o {FileJobs.Quote(name)}";
        session.Output.Fact("file.added", new JsonObject { ["cid"] = cid.ToString(), ["name"] = name, ["bytes"] = bytes, ["next"] = next }, cid.ToString());
        session.Output.Say($"{name}  {Sizes.Of(bytes)}");
        session.Output.Say(session.IsAttached
            ? $"On the other machine:   {next}"
            : $"stored; nobody serves it until `p2p up` runs here. Then, on the other machine:   {next}");
        return ExitCode.Ok;
    }
}
