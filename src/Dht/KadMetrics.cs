using System.Diagnostics.Metrics;
using P2P.Dht.Engine;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht;

/// <summary>Instruments of the meter <c>P2P.Dht</c>. Tags come from closed sets. Thread-safe.</summary>
internal sealed class KadMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Counter<long> _received;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _unreadable;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _refusedPeers;

    public KadMetrics(IMeterFactory? factory, Func<int> tablePeers)
    {
        _ownsMeter = factory is null;
        _meter = factory?.Create(new MeterOptions("P2P.Dht")) ?? new Meter("P2P.Dht");
        _received = _meter.CreateCounter<long>("p2p.dht.requests.received", "{request}", "Requests of other peers.");
        _refused = _meter.CreateCounter<long>("p2p.dht.requests.refused", "{request}", "Requests of other peers that were refused, by reason.");
        _unreadable = _meter.CreateCounter<long>("p2p.dht.messages.refused", "{message}", "Messages that could not be read, by reason.");
        _sent = _meter.CreateCounter<long>("p2p.dht.requests.sent", "{request}", "Requests to other peers.");
        _failed = _meter.CreateCounter<long>("p2p.dht.requests.failed", "{request}", "Requests to other peers that failed, by reason.");
        _refusedPeers = _meter.CreateCounter<long>("p2p.dht.peers.refused", "{peer}", "Closer peers refused in answers.");
        _duration = _meter.CreateHistogram<double>("p2p.dht.lookup.duration", "s", "Whole operations of the application, by kind.");
        _meter.CreateObservableGauge("p2p.dht.routing_table.peers", tablePeers, "{peer}", "Peers in the routing table.");
    }

    public void RequestReceived(KadMessageType type) => _received.Add(1, new KeyValuePair<string, object?>("type", type.ToString()));

    public void RequestRefused(ServerVerdict reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void MessageRefused(KadWireStatus reason) => _unreadable.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void RequestSent(KadMessageType type) => _sent.Add(1, new KeyValuePair<string, object?>("type", type.ToString()));

    public void RequestFailed(KadFailure reason) => _failed.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    public void PeersRefused(int count) => _refusedPeers.Add(count);

    public void Ended(KadOperationKind kind, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("kind", kind.ToString()));

    public void Dispose()
    {
        if (_ownsMeter)
        {
            _meter.Dispose(); // a factory disposes its own
        }
    }
}
