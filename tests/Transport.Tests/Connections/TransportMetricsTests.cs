using System.Diagnostics.Metrics;
using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Connections;

public sealed class TransportMetricsTests
{
    [Fact]
    public async Task Connections_and_refusals_are_measured_by_name()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        await a.Network.DialAsync(b.Address, a.Watchdog);
        await b.UntilAsync(PeerEventKind.Connected, a.Id);
        await Assert.ThrowsAsync<TransportException>(() => a.Network.OpenStreamAsync(b.Id, ["/no/1", "/no/2"], a.Watchdog));
        await b.UntilAsync(() => b.Network.Statistics.Refusals.ContainsKey(ConnectionRefusal.StreamProtocol));
        using PlainMeterFactory factory = new();
        using TransportMetrics metrics = new(factory, b.Network);
        Dictionary<string, double> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => seen[Name(i, tags)] = value);
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => seen[Name(i, tags)] = value);
        listener.Start();

        listener.RecordObservableInstruments();

        Assert.Equal(1, seen["p2p.transport.connections in"]);
        Assert.Equal(0, seen["p2p.transport.connections out"]);
        Assert.Equal(1, seen["p2p.transport.limit_hit StreamProtocol"]);
        Assert.Equal(1, seen["p2p.transport.peers.known"]);
        Assert.InRange(seen["p2p.transport.traffic in"], 300, b.Network.Statistics.BytesReceived); // two handshake messages, negotiations and identify at least
        Assert.InRange(seen["p2p.transport.traffic out"], 300, b.Network.Statistics.BytesSent);

        static string Name(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
    }

    private sealed class PlainMeterFactory : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            Meter meter = new(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(m => m.Dispose());
    }
}
