using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Hosting;

/// <summary>
/// Whether the node runs and its documents take what is written. Being alone is healthy: a node works without peers; how many there are is in the
/// data.
/// </summary>
/// <param name="runner">Null where the application has no node.</param>
internal sealed class NodeHealthCheck(NodeRunner? runner) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (runner is null)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "There is no node: builder.Services.AddP2P(…) is missing."));
        }

        if (runner.Running is not P2PNode { IsStopping: false } node)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The node does not run."));
        }

        IReadOnlyList<TextDocument> documents = node.Documents.Opened;
        Dictionary<string, object> data = new()
        {
            ["peer"] = node.PeerId.ToString(),
            ["peers"] = node.Peers.Connected.Count,
            ["documents"] = documents.Count,
            ["events"] = documents.Sum(static d => d.Status.AppliedCount),
        };
        TextDocument? stopped = documents.FirstOrDefault(static d => d.Status is not { Fault: StoreError.None, Failure: null });
        if (stopped is not null)
        {
            string why = stopped.Status.Failure ?? $"the store failed ({stopped.Status.Fault})";
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"Document {stopped.Name}: {why}", null, data));
        }

        return Task.FromResult(node.Author.IsRenewed
            ? HealthCheckResult.Degraded(
                $"{(node.Author.WasCopied ? "The data folder was restored, copied or moved" : "The author key was used elsewhere")}: the node writes under a new author key.", null, data)
            : HealthCheckResult.Healthy($"{Count(node.Peers.Connected.Count, "peer")}, {Count(documents.Count, "document")}.", data));
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}s");
}
