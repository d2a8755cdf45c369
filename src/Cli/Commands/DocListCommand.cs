using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doc list|open</c>: what is in the data folder, and what the running node follows.</summary>
internal static class DocListCommand
{
    private static readonly TimeSpan s_sync = TimeSpan.FromSeconds(10);

    public static Command List(GlobalOptions options)
    {
        Command command = new("list", "Documents in the data folder, and which of them the running node follows.");
        command.AsksNode(
            options,
            static (session, _, _) => Task.FromResult(Print(session.Output, session.Host.Directory, session.Node.Documents.Opened)),
            (parsed, _) => Task.FromResult(Print(options.OutputOf(parsed), options.DataDirectory(parsed), [])));
        return command;
    }

    public static Command Open(GlobalOptions options)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network." }.SuggestsDocuments(options);
        Command command = new("open", "Follow a document: fetch it and keep serving it (10 s, or --timeout, to sync).") { name };
        command.RunsOnNode(options, (session, parsed, token) => OpenAsync(session, parsed.GetRequiredValue(name), token));
        return command;
    }

    private static int Print(Output output, string directory, IReadOnlyList<TextDocument> opened)
    {
        using StoreInspector? store = StoreInspector.Open(directory);
        IReadOnlyList<StoredDocument> stored = store?.Read().Documents ?? [];
        Dictionary<Cid, TextDocument> open = opened.ToDictionary(static d => d.Id);
        foreach (StoredDocument document in stored)
        {
            open.Remove(document.Document, out TextDocument? followed);
            Print(output, (document.Document, document.Network, document.Name), document.Events, (followed, document.IsLeft));
        }

        foreach (TextDocument fresh in open.Values.OrderBy(static d => d.Name, StringComparer.Ordinal))
        {
            Print(output, (fresh.Id, string.Empty, fresh.Name), fresh.Status.AppliedCount, (fresh, false));
        }

        if (stored.Count + open.Count == 0)
        {
            output.Say($"no documents in {directory} yet; p2p doc append NAME TEXT makes one");
        }

        return ExitCode.Ok;
    }

    private static void Print(Output output, (Cid Document, string Network, string Name) id, long events, (TextDocument? Followed, bool IsLeft) how)
    {
        TextDocument? followed = how.Followed;
        JsonObject fields = new()
        {
            ["document"] = id.Document.ToString(),
            ["network"] = id.Network.Length > 0 ? id.Network : null,
            ["name"] = id.Name,
            ["events"] = events,
            ["open"] = followed is not null,
            ["left"] = how.IsLeft && followed is null,
            ["sync"] = followed is null ? null : NodeFacts.Word(followed.Status.SyncState),
        };
        string state = followed is not null ? NodeFacts.Word(followed.Status.SyncState) : how.IsLeft ? "left" : "not followed";
        output.Fact("document.listed", fields, string.Create(
            CultureInfo.InvariantCulture, $"{Printable.Line(id.Name.Length > 0 ? id.Name : "(unreadable)"),-20} {NodeFacts.Count(events, "event"),13}  {state,-12} {id.Document}"));
    }

    private static async Task<int> OpenAsync(Session session, string name, CancellationToken cancellationToken)
    {
        TextDocument document = await session.OpenDocumentAsync(name, cancellationToken);
        bool confirmed = await session.WithinAsync(session.Timeout ?? s_sync, document.WaitForSyncAsync, cancellationToken, $"a peer that has {Printable.Line(document.Name)}");
        JsonObject fields = NodeFacts.Describe(document);
        fields["confirmed"] = confirmed;
        ReplicaStatus status = document.Status;
        session.Output.Fact("opened", fields, string.Create(
            CultureInfo.InvariantCulture,
            $"{Printable.Line(document.Name)}  {document.Id}  {NodeFacts.Count(status.AppliedCount, "event")}, {(confirmed ? $"confirmed by {NodeFacts.Count(status.ConfirmedBy, "peer")}" : "no peer has confirmed it yet")}{(session.IsAttached ? "; the running node follows it" : string.Empty)}"));
        return ExitCode.Ok;
    }
}
