using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Telemetry;

namespace P2P.Dashboard.Api;

/// <summary>The meters of the node: for the page, and as Prometheus scrapes them. Counts from the start of the dashboard on.</summary>
internal sealed class MetricsApi(P2PNode node) : IDisposable
{
    private readonly MetricsReader _reader = new(node);

    /// <summary>Of a histogram the mean, for a sum over everything tells nobody anything.</summary>
    public async Task<DashboardRefusal> ListAsync(HttpContext context)
    {
        await JsonAnswer.WriteAsync(context, JsonAnswer.Array(_reader.Read(), static m => new JsonObject
        {
            ["name"] = m.Name,
            ["labels"] = m.Labels,
            ["kind"] = m.Kind.ToString(),
            ["value"] = m.Kind == MetricKind.Histogram ? m.Value / Math.Max(1, m.Count) : m.Value,
            ["count"] = m.Count,
        }));
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> TextAsync(HttpContext context)
    {
        StringWriter text = new();
        _reader.WriteTo(text);
        context.Response.ContentType = MetricsReader.ContentType;
        await context.Response.WriteAsync(text.ToString(), Encoding.UTF8, context.RequestAborted);
        return DashboardRefusal.None;
    }

    public void Dispose() => _reader.Dispose();
}
