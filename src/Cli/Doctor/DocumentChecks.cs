using System.Globalization;
using P2P.Cli.Commands;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Storage.Inspection;

namespace P2P.Cli.Doctor;

/// <summary>In sync, confirmed by how many? Forked? Asked of a node that is started for it; a running one cannot be asked yet.</summary>
internal static class DocumentChecks
{
    private const int DocumentsMax = 32;

    public static async Task<IReadOnlyList<CheckResult>> RunAsync(Session session, string directory, TimeSpan limit, CancellationToken cancellationToken)
    {
        List<TextDocument> open = [];
        foreach (StoredDocument stored in Stored(directory, session.Node.Network).Take(DocumentsMax))
        {
            open.Add(await session.Node.Documents.OpenAsync(stored.Name, cancellationToken));
        }

        if (open.Count == 0)
        {
            return [CheckResult.Skipped("sync", $"no document of network {session.Node.Network} in the store")];
        }

        await session.WithinAsync(limit, token => Task.WhenAll(open.Select(d => d.WaitForSyncAsync(token))), cancellationToken);
        int peers = session.Node.Peers.Connected.Count;
        return [.. AuthorChecks(session.Node.Author), .. open.Select(d => Judge(d, peers))];
    }

    private static IReadOnlyList<CheckResult> AuthorChecks(NodeAuthor author) => !author.IsRenewed ? [] :
    [
        CheckResult.Problem(
            "author",
            Text($"this folder was restored, copied or rolled back; the node writes under a new author key now, {author.Key}"),
            "Nothing is lost. In a document with a list of writers the new key needs a grant."),
    ];

    private static CheckResult Judge(TextDocument document, int peers)
    {
        ReplicaStatus status = document.Status;
        string name = $"sync {document.Name}";
        string text = Text($"{status.AppliedCount} events, height {status.Height}, {status.Heads.Count} heads, frontier {status.FrontierHash.ToString()[..16]}");
        return status.IdentityReused ? CheckResult.Problem(name, $"{text}; another process wrote under this folder's author key", "It goes on under a new key as soon as that is stored; p2p doctor names the store's state.")
            : status.Fault != StoreError.None ? CheckResult.Problem(name, $"{text}; the store failed ({status.Fault})", "Start again; p2p store verify names what is wrong.")
            : status.SyncState == SyncState.Confirmed ? CheckResult.Ok(name, Text($"{text}; in sync, confirmed by {status.ConfirmedBy} of {peers} peers"))
            : status.SyncState == SyncState.Stalled ? CheckResult.Problem(name, Text($"{text}; {status.MissingCount} links are missing and nobody had them"), "A peer that has them must be online. p2p peers lists who is.")
            : peers == 0 ? CheckResult.Skipped(name, $"{text}; no peer to compare with")
            : CheckResult.Problem(name, Text($"{text}; {peers} peers, none has confirmed this state yet, {status.MissingCount} links missing"), "Give it more time: --timeout 30s.");
    }

    private static IReadOnlyList<StoredDocument> Stored(string directory, string network)
    {
        using StoreInspector? inspector = StoreInspector.Open(directory);
        return inspector is null ? [] : [.. inspector.Read().Documents.Where(d => d.Network == network && d.Name.Length > 0)];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
