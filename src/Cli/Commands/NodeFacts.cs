using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary>A running node in a line or an object.</summary>
internal static class NodeFacts
{
    /// <summary>Peers, documents, events, and whether all agree.</summary>
    public static string Line(P2PNode node)
    {
        int peers = node.Peers.Connected.Count;
        IReadOnlyList<TextDocument> documents = node.Documents.Opened;
        long events = documents.Sum(static d => d.Status.AppliedCount);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(peers, "peer")} · {Count(documents.Count, "document")} · {Count(events, "event")} · {Agreement(documents, peers)}");
    }

    public static JsonObject Describe(TextDocument document)
    {
        ReplicaStatus status = document.Status;
        return new JsonObject
        {
            ["name"] = document.Name,
            ["document"] = document.Id.ToString(),
            ["events"] = status.AppliedCount,
            ["heads"] = status.Heads.Count,
            ["frontier"] = status.FrontierHash.ToString(),
            ["sync"] = Word(status.SyncState),
            ["confirmedBy"] = status.ConfirmedBy,
            ["missing"] = status.MissingCount,
            ["followers"] = document.Followers.Count,
            ["forks"] = status.Forks.Count,
        };
    }

    /// <summary>The sync state in a word.</summary>
    public static string Word(SyncState state) => state switch
    {
        SyncState.Confirmed => "confirmed",
        SyncState.Syncing => "syncing",
        SyncState.Stalled => "stalled",
        _ => "alone",
    };

    public static string Count(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? string.Empty : "s")}");

    private static string Agreement(IReadOnlyList<TextDocument> documents, int peers)
    {
        long missing = documents.Sum(static d => d.Status.MissingCount);
        return documents.Count == 0 ? "nothing to share yet"
            : peers == 0 ? "no peer yet"
            : documents.Any(static d => d.Status.SyncState == SyncState.Stalled) ? $"{Count(missing, "link")} missing that nobody has"
            : documents.Any(static d => d.Status.SyncState == SyncState.Syncing) ? $"syncing, {Count(missing, "link")} missing"
            : documents.All(static d => d.Status.IsConfirmed || d.Followers.Count == 0)
                ? documents.Any(static d => d.Status.IsConfirmed) ? "all peers have the same heads" : "no peer follows these documents"
            : "comparing heads";
    }
}
