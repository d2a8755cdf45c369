using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>
/// Documents as people name them: a name, a ticket, or an id that is held here. A name stands for the document of the network that anybody may open by
/// it, unless only another one of that name is held: somebody made that with its writers, or opened its ticket.
/// </summary>
internal static class DocumentNames
{
    private const int TicketCharsMin = 64; // a shorter text that begins like one is a name
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_ask = TimeSpan.FromSeconds(3);

    /// <summary>Which document is meant, and whether something of it is here.</summary>
    /// <exception cref="CliException">A ticket that cannot be read.</exception>
    /// <exception cref="P2PException">No name.</exception>
    public static (Ticket Ticket, bool IsKnown) Find(Session session, string text) => Find(session.Host.Directory, session.Node.Network, text);

    /// <summary>Which document of a data folder is meant, and whether something of it is there.</summary>
    /// <exception cref="CliException">A ticket that cannot be read.</exception>
    /// <exception cref="P2PException">No name.</exception>
    public static (Ticket Ticket, bool IsKnown) Find(string folder, string network, string text)
    {
        if (ReadTicket(text) is Ticket ticket)
        {
            return (ticket, IsHeld(folder, ticket.Genesis));
        }

        Genesis[] held = [.. Held(folder).Where(g => g.Network == network)];
        Genesis document = Choose(network, text, held);
        return (new Ticket(document, []), held.Any(g => g.Cid == document.Cid));
    }

    /// <summary>The documents of a folder, of every network.</summary>
    public static IReadOnlyList<Genesis> Held(string folder)
    {
        using StoreInspector? store = StoreInspector.Open(folder);
        return store is null ? [] : [.. store.ReadDocuments().Select(static d => d.Genesis)];
    }

    /// <summary>Whether something of a document is in a folder.</summary>
    public static bool IsHeld(string folder, Genesis document) => Held(folder).Any(g => g.Cid == document.Cid);

    /// <summary>Opens a document, and makes it if nobody did.</summary>
    public static Task<TextDocument> OpenDocumentAsync(this Session session, string text, CancellationToken cancellationToken) =>
        session.OpenAsync(Find(session, text).Ticket, cancellationToken);

    /// <summary>Opens a document for somebody who only reads: what nobody has is not found, and its name is not kept.</summary>
    /// <param name="session">The node.</param>
    /// <param name="text">The document.</param>
    /// <param name="limit">How long to ask peers for news; null asks only for what is not here at all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document, and whether a peer confirmed that it is the newest version.</returns>
    /// <exception cref="CliException">It is not here, and no peer has it.</exception>
    public static async Task<(TextDocument Document, bool IsConfirmed)> ReadDocumentAsync(
        this Session session, string text, TimeSpan? limit, CancellationToken cancellationToken)
    {
        (Ticket ticket, bool isKnown) = Find(session, text);
        TextDocument document = await session.OpenAsync(ticket, cancellationToken);
        bool isConfirmed = false;
        try
        {
            if ((limit ?? (isKnown ? null : session.Timeout ?? s_ask)) is TimeSpan wait)
            {
                isConfirmed = await session.WithinAsync(wait, token => NewsAsync(document, isNew: !isKnown, token), cancellationToken, "a peer to confirm the newest version");
            }
        }
        finally
        {
            if (!isKnown && IsNothing(document))
            {
                isKnown = !await session.Node.Documents.ForgetAsync(document.Id, CancellationToken.None);
            }
            else
            {
                isKnown = true;
            }
        }

        return isKnown ? (document, isConfirmed) : throw NotFound(session, text);
    }

    /// <summary>Every event of a document that is visible here.</summary>
    public static Task<IReadOnlyList<Event>> ReadEventsAsync(this Session session, TextDocument document, CancellationToken cancellationToken) =>
        session.PatientlyAsync(() => ClockPicture.ReadAllAsync(document.Replica, cancellationToken), "the events to be read");

    /// <summary>Opens what a ticket names; a long history takes a while to be read.</summary>
    public static Task<TextDocument> OpenAsync(this Session session, Ticket ticket, CancellationToken cancellationToken) =>
        session.PatientlyAsync(() => session.Node.Documents.OpenAsync(ticket, cancellationToken), $"{Printable.Line(ticket.Genesis.Name)} to be read");

    /// <summary>Says that a document was shown with holes: events wait for links that nobody brought.</summary>
    /// <exception cref="CliException">Links are missing; they are listed.</exception>
    public static async Task RequireWholeAsync(Replica replica, CancellationToken cancellationToken)
    {
        if (replica.Status.MissingCount > 0)
        {
            throw Evidence.Incomplete(await replica.FindMissingLinksAsync(cancellationToken));
        }
    }

    /// <summary>What is said of a document that is nowhere.</summary>
    public static CliException NotFound(Session session, string text) => new(
        CliError.DocumentUnknown,
        $"There is no document '{Printable.Line(text)}' of network {session.Node.Network} here, and none of {NodeFacts.Count(session.Node.Peers.Connected.Count, "connected peer")} has it.");

    // A peer that follows it confirms nothing at first, because there is nothing here: its events are on their way.
    private static async Task NewsAsync(TextDocument document, bool isNew, CancellationToken cancellationToken)
    {
        while (isNew && document.Status.AppliedCount == 0)
        {
            await Task.Delay(s_poll, Core.Runtime.SystemTime.Provider, cancellationToken);
        }

        await document.WaitForSyncAsync(cancellationToken);
    }

    private static bool IsNothing(TextDocument document) => document.Followers.Count == 0 && document.Status is { AppliedCount: 0, MissingCount: 0 };

    /// <summary>The ticket that a text is; null for a name or an id.</summary>
    /// <exception cref="CliException">One that cannot be read.</exception>
    public static Ticket? ReadTicket(string text)
    {
        if (!text.StartsWith(Ticket.Prefix, StringComparison.Ordinal) || text.Length < TicketCharsMin)
        {
            return null;
        }

        return Ticket.TryParse(text, out Ticket? ticket, out InvalidReason reason) ? ticket
            : reason == InvalidReason.Version ? throw new CliException(CliError.TicketNewer, "This ticket was made by a newer program. Use one as new as the sender's.")
            : throw new CliException(CliError.TicketInvalid, "This is not a whole ticket of p2p doc ticket: it begins with p2pdoc and has no spaces inside.");
    }

    /// <summary>Refuses a new name that could steer a terminal or turn a line round where it is listed.</summary>
    /// <exception cref="P2PException">It holds a control character.</exception>
    public static void RequirePlain(string name)
    {
        if (Printable.Line(name) != name)
        {
            throw new P2PException(NodeError.InvalidOption, $"'{Printable.Line(name)}' holds control characters, which a new name must not.");
        }
    }

    private static Genesis Choose(string network, string text, IReadOnlyList<Genesis> held)
    {
        if (Cid.TryParse(text, out Cid id) && held.FirstOrDefault(g => g.Cid == id) is Genesis named)
        {
            return named;
        }

        Genesis open;
        try
        {
            open = Genesis.Create(network, text.Length > 0 ? text : throw new ArgumentException("The name is empty."));
        }
        catch (ArgumentException error)
        {
            throw new P2PException(NodeError.InvalidOption, "A document's name has 1 to 256 bytes of UTF-8.", error);
        }

        Genesis[] others = [.. held.Where(g => g.Name == text)];
        if (others.Length == 0)
        {
            RequirePlain(text);
        }

        return others.Length == 1 ? others[0]
            : others.Length == 0 || others.Any(g => g.Cid == open.Cid) ? open
            : throw new CliException(CliError.DocumentUnknown, $"{others.Length} documents here have the name '{Printable.Line(text)}'; say which by its id: {string.Join(' ', others.Select(static g => g.Cid))}");
    }
}
