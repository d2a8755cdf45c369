using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Api;

/// <summary>The open documents.</summary>
internal sealed class DocumentApi(P2PNode node, DocumentKinds kinds)
{
    private const int BodyMax = 8192;

    public async Task<DashboardRefusal> ListAsync(HttpContext context)
    {
        await JsonAnswer.WriteAsync(context, await DescribeAsync(await node.Documents.ListAsync(context.RequestAborted), kinds, context.RequestAborted));
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> OpenAsync(HttpContext context)
    {
        byte[] body = new byte[BodyMax];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (JsonAnswer.TryReadString(body.AsMemory(0, length), "name") is not string name || name.Any(char.IsControl))
        {
            return DashboardRefusal.Malformed; // a name with such characters could not be told from another on a screen
        }

        try
        {
            TextDocument document = Ticket.TryParse(name, out Ticket? ticket, out _) && ticket is not null
                ? await node.Documents.OpenAsync(ticket, context.RequestAborted)
                : await node.Documents.OpenAsync(name, context.RequestAborted);
            await JsonAnswer.WriteAsync(context, await DescribeAsync(document, kinds, context.RequestAborted));
            return DashboardRefusal.None;
        }
        catch (P2PException error) when (error.Error == NodeError.InvalidOption)
        {
            return DashboardRefusal.Malformed; // the name
        }
    }

    /// <summary>The open document that <c>?doc=</c> names, by its id, or by its name where only one has that name: a writer list makes another document of it.</summary>
    /// <returns>The document, or why there is none.</returns>
    public static async Task<(TextDocument? Found, DashboardRefusal Refusal)> FindAsync(P2PNode node, HttpContext context)
    {
        string? wanted = context.Request.Query["doc"];
        IReadOnlyList<TextDocument> open = await node.Documents.ListAsync(context.RequestAborted);
        TextDocument[] found = Cid.TryParse(wanted, out Cid id) ? [.. open.Where(d => d.Id == id)] : [];
        if (found.Length == 0)
        {
            found = [.. open.Where(d => d.Name == wanted)];
        }

        return found.Length switch
        {
            0 => (null, DashboardRefusal.Unknown),
            1 => (found[0], DashboardRefusal.None),
            _ => (null, DashboardRefusal.Ambiguous),
        };
    }

    /// <summary>Every document as <c>api/documents</c> and <c>api/overview</c> show it.</summary>
    public static async Task<JsonArray> DescribeAsync(IReadOnlyList<TextDocument> documents, DocumentKinds kinds, CancellationToken cancellationToken)
    {
        JsonArray list = [];
        foreach (TextDocument document in documents)
        {
            list.Add((JsonNode)await DescribeAsync(document, kinds, cancellationToken));
        }

        return list;
    }

    private static async Task<JsonObject> DescribeAsync(TextDocument document, DocumentKinds kinds, CancellationToken cancellationToken)
    {
        string kind = await kinds.NameAsync(document, cancellationToken);
        ReplicaStatus status = document.Status;
        return new JsonObject
        {
            ["name"] = document.Name,
            ["id"] = document.Id.ToString(),
            ["kind"] = kind,
            ["cannotWrite"] = DocumentKinds.CannotWrite(document),
            ["events"] = status.VisibleCount,
            ["applied"] = status.AppliedCount,
            ["heads"] = JsonAnswer.Array(status.Heads, JsonAnswer.Text),
            ["frontier"] = status.FrontierHash.ToString(),
            ["height"] = status.Height,
            ["sync"] = status.SyncState.ToString(),
            ["confirmedBy"] = status.ConfirmedBy,
            ["missing"] = status.MissingCount,
            ["waiting"] = status.PendingCount,
            ["forks"] = status.Forks.Count,
            ["followers"] = document.Followers.Count,
            ["length"] = document.Snapshot.Length,
        };
    }
}
