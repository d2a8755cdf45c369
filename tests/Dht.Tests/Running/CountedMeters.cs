using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace P2P.Dht.Tests.Running;

/// <summary>A meter factory of one test, and the sums of its counters by <c>name/tag</c>.</summary>
internal sealed class CountedMeters : IMeterFactory
{
    private readonly ConcurrentDictionary<Meter, bool> _meters = new(); // asked for every instrument of the process, on the threads of other tests
    private readonly MeterListener _listener = new();

    public CountedMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.ContainsKey(instrument.Meter) && instrument is Counter<long>)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            Sums.AddOrUpdate($"{instrument.Name}/{(tags.Length > 0 ? tags[0].Value : string.Empty)}", value, (_, sum) => sum + value));
        _listener.Start();
    }

    public ConcurrentDictionary<string, long> Sums { get; } = new();

    public Meter Create(MeterOptions options)
    {
        Meter meter = new(options);
        _meters.TryAdd(meter, true);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Meter meter in _meters.Keys)
        {
            meter.Dispose();
        }
    }
}
