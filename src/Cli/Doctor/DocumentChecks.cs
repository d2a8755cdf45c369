using System.Globalization;
using P2P.Cli.Commands;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Storage.Inspection;

namespace P2P.Cli.Doctor;

/// <summary>In sync, and if not, with whom? Forked? Asked of the running node, or of one that is started for it.</summary>
internal static class DocumentChecks
{
    private const int DocumentsMax = 32;

    public static async Task<IReadOnlyList<CheckResult>> RunAsync(Session session, string directory, TimeSpan limit, CancellationToken cancellationToken)
    {
        List<TextDocument> open = [.. session.IsAttached ? session.Node.Documents.Opened : []];
        foreach (Genesis stored in session.IsAttached ? [] : Stored(directory, session.Node.Network).Take(DocumentsMax))
        {
            open.Add(await session.Node.Documents.OpenAsync(new Ticket(stored, []), cancellationToken));
        }

        if (open.Count == 0)
        {
            return [CheckResult.Skipped("sync", $"no document of network {session.Node.Network} in the store")];
        }

        HashSet<TextDocument> held = [];
        await Task.WhenAll(open.Where(static d => !d.Status.IsConfirmed).Select(d => session.WithinAsync(limit, token => AgreesAsync(d, held, token), cancellationToken)));
        int peers = session.Node.Peers.Connected.Count;
        return [.. AuthorChecks(session.Node.Author), .. open.Select(d => Judge(d, peers, held.Contains(d)))];
    }

    /// <summary>Waits until a peer has the same events, or at least all that are here; notes the latter.</summary>
    private static async Task AgreesAsync(TextDocument document, HashSet<TextDocument> held, CancellationToken cancellationToken)
    {
        using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task same = document.WaitForSyncAsync(done.Token);
        Task delivered = document.WaitForDeliveryAsync(done.Token);
        Task first = await Task.WhenAny(same, delivered);
        if (first == delivered && delivered.IsCompletedSuccessfully && document.Followers.Count > 0)
        {
            lock (held)
            {
                held.Add(document);
            }
        }

        done.Cancel();
        await Task.WhenAll(Quietly(same), Quietly(delivered));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // the other one was first
        }
    }

    private static IReadOnlyList<CheckResult> AuthorChecks(NodeAuthor author) => !author.IsRenewed ? [] :
    [
        CheckResult.Problem(
            "author",
            Text($"{(author.WasCopied ? "this folder was restored, copied or moved" : "the author key was used elsewhere (a disk that was rolled back, or two programs with one key)")}; the node writes under a new one now, {author.Key}"),
            "Nothing is lost. In a document with a list of writers the new key needs a grant; p2p keys list names the one before, which is kept."),
    ];

    private static CheckResult Judge(TextDocument document, int peers, bool isHeld)
    {
        ReplicaStatus status = document.Status;
        string name = $"sync {Printable.Line(document.Name)}";
        string text = Text($"{NodeFacts.Count(status.AppliedCount, "event")}, height {status.Height}, {NodeFacts.Count(status.Heads.Count, "head")}, frontier {status.FrontierHash.ToString()[..16]}");
        return status.IdentityReused ? CheckResult.Problem(name, $"{text}; another process wrote under this folder's author key", "It goes on under a new key as soon as that is stored; p2p doctor names the store's state.")
            : status.Fault != StoreError.None ? CheckResult.Problem(name, $"{text}; the store failed ({status.Fault})", "Start again; p2p store verify names what is wrong.")
            : status.SyncState == SyncState.Confirmed ? CheckResult.Ok(name, Text($"{text}; in sync, confirmed by {NodeFacts.Count(status.ConfirmedBy, "peer")} since it changed"))
            : isHeld ? CheckResult.Ok(name, $"{text}; a peer holds all of it")
            : status.SyncState == SyncState.Stalled ? CheckResult.Problem(name, Text($"{text}; {NodeFacts.Count(status.MissingCount, "link")} missing that nobody had"), "A peer that has them must be online. p2p peers lists who is.")
            : peers == 0 ? CheckResult.Skipped(name, $"{text}; no peer to compare with")
            : CheckResult.Problem(name, Text($"{text}; not in sync with {With(document, peers)}, {NodeFacts.Count(status.MissingCount, "link")} missing"), "Give it more time: --timeout 30s. Is the other side's store sound? p2p doctor there.");
    }

    private static string With(TextDocument document, int peers) => document.Followers.Count == 0
        ? Text($"anybody: none of {peers} peers follows it")
        : string.Join(", ", document.Followers.Take(8).Select(static f => P2P.Node.Identity.PeerNames.Of(f)));

    private static IReadOnlyList<Genesis> Stored(string directory, string network)
    {
        using StoreInspector? inspector = StoreInspector.Open(directory);
        return inspector is null ? [] : [.. inspector.ReadDocuments().Where(d => d.Genesis.Network == network && !d.IsLeft).Select(static d => d.Genesis)];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
