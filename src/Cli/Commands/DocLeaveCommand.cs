using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Crdt.Events;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doc leave|delete NAME</c>: stop syncing a document here, or erase it here too. Other peers keep theirs.</summary>
internal static class DocLeaveCommand
{
    public static Command Leave(GlobalOptions options) =>
        Create(options, ("leave", "Stop syncing and serving a document until it is opened again, also over a restart; what is here stays."), static (catalog, id, token) => catalog.LeaveAsync(id, token), asks: false);

    public static Command Delete(GlobalOptions options) =>
        Create(options, ("delete", "Leave a document and erase it here; other peers keep theirs. Asks on a terminal; elsewhere it needs --yes."), static (catalog, id, token) => catalog.DeleteAsync(id, token), asks: true);

    private static Command Create(
        GlobalOptions options, (string Verb, string Description) what, Func<DocumentCatalog, Core.Multiformats.Cid, CancellationToken, Task<DocumentLeft>> go, bool asks)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network, or its id." }.SuggestsDocuments(options);
        Command command = new(what.Verb, what.Description) { name };
        command.RunsOnNode(options, async (session, parsed, token) =>
        {
            string text = parsed.GetRequiredValue(name);
            (Ticket ticket, bool isKnown) = DocumentNames.Find(session, text);
            if (!isKnown)
            {
                throw DocumentNames.NotFound(session, text);
            }

            if (asks && !session.SaysYes && !await AgreesAsync(session, ticket.Genesis.Name, token))
            {
                session.Output.Error("usage", "Erasing cannot be undone here: say so with --yes. Nothing was erased.", "p2p doc leave NAME keeps what is here.");
                return ExitCode.Usage;
            }

            DocumentLeft left = await session.PatientlyAsync(() => go(session.Node.Documents, ticket.Genesis.Cid, token), "it to be closed");
            JsonObject fields = new()
            {
                ["name"] = ticket.Genesis.Name,
                ["document"] = left.Id.ToString(),
                ["wasOpen"] = left.WasOpen,
                ["eventsErased"] = left.EventsErased,
                ["bytesErased"] = left.BytesErased,
                ["followers"] = left.Followers,
            };
            session.Output.Fact("left", fields, left.ToString());
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<bool> AgreesAsync(Session session, string name, CancellationToken cancellationToken)
    {
        if (!session.Context.Terminal.HasFlag(TerminalUse.Input | TerminalUse.Errors) || session.Output.Json || session.Output.IsQuiet)
        {
            return false; // nobody sees the question
        }

        session.Output.Talk($"Erase {Printable.Line(name)} here? Other peers keep theirs. [y/N] ");
        using TextInput answer = session.OpenInput(isPrompted: true);
        return await answer.ReadLineAsync(cancellationToken) is "y" or "Y" or "yes";
    }
}
