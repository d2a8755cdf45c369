using System.Diagnostics.Metrics;
using P2P.Crdt.Sync;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Node.Telemetry;

/// <summary>Instruments of the meter <c>P2P.Node</c>; they read counts when asked and cost nothing else.</summary>
internal sealed class NodeMetrics : IAsyncDisposable
{
    private static readonly (SyncRefusal Value, KeyValuePair<string, object?> Tag)[] s_outcomes =
        [.. Enum.GetValues<SyncRefusal>().Where(static r => r != SyncRefusal.None).Select(static r => (r, new KeyValuePair<string, object?>("reason", r.ToString())))];

    private static readonly (EntryRefusal Value, KeyValuePair<string, object?> Tag)[] s_entries =
        [.. Enum.GetValues<EntryRefusal>().Where(static r => r != EntryRefusal.None).Select(static r => (r, new KeyValuePair<string, object?>("reason", r.ToString())))];

    private readonly Meter _meter;

    public NodeMetrics(IMeterFactory factory, NodeParts parts, SyncService sync)
    {
        _meter = factory.Create(new MeterOptions("P2P.Node"));
        _meter.CreateObservableGauge("p2p.node.documents", () => parts.Documents.Opened.Count, "{document}", "Open documents and logs.");
        _meter.CreateObservableGauge("p2p.node.peers", () => parts.Network.ConnectedPeers.Count, "{peer}", "Connected peers.");
        _meter.CreateObservableGauge("p2p.node.followers", () => Followers(parts.Documents), "{peer}", "Peers that follow an open document, counted once per document.");
        _meter.CreateObservableCounter("p2p.node.author.renewals", () => parts.Author.Renewals, "{key}", "Author keys that were replaced.");
        _meter.CreateObservableCounter("p2p.node.sync.refused", () => Refused(sync), "{session}", "Sync sessions that ended early, by reason.");
        _meter.CreateObservableCounter(
            "p2p.node.entries.refused", () => Refused(parts.Reading), "{entry}", "Entries of logs and messages of topics that were read and not shown, by reason.");
    }

    public ValueTask DisposeAsync()
    {
        _meter.Dispose();
        return ValueTask.CompletedTask;
    }

    private static int Followers(DocumentCatalog documents) => documents.Opened.Sum(static d => d.Followers.Count);

    private static IEnumerable<Measurement<long>> Refused(SyncService sync) =>
        s_outcomes.Select(o => new Measurement<long>(sync.Refused(o.Value), o.Tag)).Where(static m => m.Value > 0);

    private static IEnumerable<Measurement<long>> Refused(EntryReading reading) =>
        s_entries.Select(e => new Measurement<long>(reading.Refused(e.Value), e.Tag)).Where(static m => m.Value > 0);
}
