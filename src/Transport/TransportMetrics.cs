using System.Diagnostics.Metrics;
using P2P.Transport.Connections;

namespace P2P.Transport;

/// <summary>Publishes the counters of one network as meter <c>P2P.Transport</c>. Reads snapshots when asked; costs nothing otherwise.</summary>
/// <remarks>Units are UCUM; tags come from closed sets. Instruments live as long as this object.</remarks>
public sealed class TransportMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "P2P.Transport";

    private readonly Meter _meter;

    /// <summary>Registers the instruments.</summary>
    /// <param name="factory">Makes the meter.</param>
    /// <param name="network">What is measured.</param>
    public TransportMetrics(IMeterFactory factory, PeerNetwork network)
    {
        ArgumentNullException.ThrowIfNull(factory);
        _meter = factory.Create(MeterName);
        _meter.CreateObservableGauge("p2p.transport.connections", () => Connections(network.Statistics), "{connection}", "Connections now, by direction.");
        _meter.CreateObservableGauge("p2p.transport.handshakes.pending", () => network.Statistics.PendingInbound, "{handshake}", "Inbound handshakes in progress.");
        _meter.CreateObservableGauge("p2p.transport.dials.pending", () => network.Statistics.PendingDials, "{peer}", "Peers being dialled.");
        _meter.CreateObservableGauge("p2p.transport.peers.known", () => network.Statistics.KnownPeers, "{peer}", "Peers remembered.");
        _meter.CreateObservableGauge("p2p.transport.streams.inbound", () => network.Statistics.InboundStreams, "{stream}", "Inbound streams being served.");
        _meter.CreateObservableCounter("p2p.transport.traffic", () => Traffic(network.Statistics), "By", "Bytes over connections, by direction; encryption and frames included.");
        _meter.CreateObservableCounter("p2p.transport.refusals", () => Details(network.Statistics), "{refusal}", "What remotes sent that was refused, by component and reason.");
        _meter.CreateObservableCounter("p2p.transport.limit_hit", () => Refusals(network.Statistics), "{refusal}", "Refusals by a limit of ours, by name.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static Measurement<int>[] Connections(NetworkStatistics statistics) =>
    [
        new(statistics.Inbound, new KeyValuePair<string, object?>("direction", "in")),
        new(statistics.Outbound, new KeyValuePair<string, object?>("direction", "out")),
    ];

    private static Measurement<long>[] Traffic(NetworkStatistics statistics) =>
    [
        new(statistics.BytesReceived, new KeyValuePair<string, object?>("direction", "in")),
        new(statistics.BytesSent, new KeyValuePair<string, object?>("direction", "out")),
    ];

    private static IEnumerable<Measurement<long>> Details(NetworkStatistics statistics) =>
        statistics.RefusalDetails.OrderBy(static r => r.Key, StringComparer.Ordinal)
            .Select(static r => new Measurement<long>(r.Value, new KeyValuePair<string, object?>("name", r.Key)));

    private static IEnumerable<Measurement<long>> Refusals(NetworkStatistics statistics) =>
        statistics.Refusals.OrderBy(static r => r.Key).Select(static r => new Measurement<long>(r.Value, new KeyValuePair<string, object?>("name", r.Key.ToString())));
}
