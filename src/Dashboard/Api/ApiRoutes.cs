using Microsoft.AspNetCore.Http;
using P2P.Dashboard.Editing;
using P2P.Dashboard.Feed;
using P2P.Node;

namespace P2P.Dashboard.Api;

/// <summary>Everything the page asks for, by path.</summary>
internal static class ApiRoutes
{
    public static Dictionary<string, ApiRoute> Create(P2PNode node, DashboardOptions options, (EventFeed Feed, EditSockets Sockets, MetricsApi Metrics, DocumentKinds Kinds) parts)
    {
        NodeApi nodes = new(node, options, parts.Kinds);
        DocumentApi documents = new(node, parts.Kinds);
        EntryApi entries = new(node);
        DagApi dags = new(node);
        ContentApi content = new(node);
        return new Dictionary<string, ApiRoute>(StringComparer.Ordinal)
        {
            ["api/overview"] = new(HttpMethods.Get, nodes.OverviewAsync),
            ["api/checks"] = new(HttpMethods.Get, nodes.ChecksAsync),
            ["api/mesh"] = new(HttpMethods.Get, nodes.MeshAsync),
            ["api/dht"] = new(HttpMethods.Get, nodes.TableAsync),
            ["api/offline"] = new(HttpMethods.Post, nodes.SetOfflineAsync) { Writes = true },
            ["api/documents"] = new(HttpMethods.Get, documents.ListAsync),
            ["api/documents/open"] = new(HttpMethods.Post, documents.OpenAsync) { Writes = true },
            ["api/entries"] = new(HttpMethods.Get, entries.ListAsync),
            ["api/dag"] = new(HttpMethods.Get, dags.AnswerAsync),
            ["api/edit"] = new(HttpMethods.Get, parts.Sockets.ServeAsync),
            ["api/block"] = new(HttpMethods.Get, content.BlockAsync),
            ["api/providers"] = new(HttpMethods.Get, content.ProvidersAsync),
            ["api/car"] = new(HttpMethods.Get, content.CarAsync),
            ["api/log"] = new(HttpMethods.Get, parts.Feed.AnswerAsync),
            ["api/metrics"] = new(HttpMethods.Get, parts.Metrics.ListAsync),
            ["metrics"] = new(HttpMethods.Get, parts.Metrics.TextAsync) { Open = true }, // no id, name or address is in it
        };
    }
}
