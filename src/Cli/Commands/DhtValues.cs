using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Dht;

namespace P2P.Cli.Commands;

/// <summary><c>p2p dht put</c> and <c>get</c>: small values that prove themselves, such as the public key of a peer.</summary>
internal static class DhtValues
{
    /// <summary>More than the DHT takes: its own refusal names the limit.</summary>
    private const long ValueBytesMax = 1 << 20;

    public static void AddTo(Command dht, GlobalOptions options)
    {
        Argument<string> key = new("KEY") { Description = "/pk/PEER: the public key of a peer. Other namespaces need a validator in the program and are refused." };
        Argument<string> value = new("FILE") { Description = "The value; - or nothing for standard input.", DefaultValueFactory = static _ => "-" };
        DhtCommands.Add(
            dht, options, new Command("put", "Store a small value at the peers nearest to its key.") { key, value },
            (session, parsed, token) => PutAsync(session, DhtKey.Of(parsed.GetRequiredValue(key)), parsed.GetRequiredValue(value), token));
        Argument<string> wanted = new("KEY") { Description = "/pk/PEER." };
        DhtCommands.Add(
            dht, options, new Command("get", "Print a value as it is; with --json in base64.") { wanted },
            (session, parsed, token) => GetAsync(session, DhtKey.Of(parsed.GetRequiredValue(wanted)), token));
    }

    private static async Task<int> PutAsync(Session session, DhtKey key, string file, CancellationToken cancellationToken)
    {
        byte[] value = file == "-"
            ? await InputFile.ReadAsync(session.Context.OpenInput(), "standard input", ValueBytesMax, cancellationToken)
            : await InputFile.ReadAsync(session.Context.PathOf(file), ValueBytesMax, cancellationToken);
        PutResult put = await session.Node.Dht.PutValueAsync(key.Bytes, value, cancellationToken);
        JsonObject fields = new() { ["key"] = key.Text, ["bytes"] = value.Length, ["stored"] = put.Stored, ["failed"] = put.Failed };
        session.Output.Fact("dht.stored", fields, $"{key.Text}  stored at {NodeFacts.Count(put.Stored, "peer")}");
        return put.Stored > 0 ? ExitCode.Ok : ExitCode.NoPeers;
    }

    private static async Task<int> GetAsync(Session session, DhtKey key, CancellationToken cancellationToken)
    {
        if (await session.Node.Dht.GetValueAsync(key.Bytes, cancellationToken) is not ReadOnlyMemory<byte> value)
        {
            session.Output.Error("not-found", $"Nobody who was asked has a value for {key.Text}.", "p2p dht put stores one.");
            return ExitCode.NotFound;
        }

        if (session.Output.Json)
        {
            session.Output.Fact("dht.value", new JsonObject { ["key"] = key.Text, ["bytes"] = value.Length, ["value"] = Convert.ToBase64String(value.Span) }, null);
            return ExitCode.Ok;
        }

        await using Stream output = session.Context.OpenShown();
        await output.WriteAsync(value, cancellationToken);
        return ExitCode.Ok;
    }
}
