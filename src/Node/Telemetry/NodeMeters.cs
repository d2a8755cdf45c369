using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace P2P.Node.Telemetry;

/// <summary>Makes the meters of one node and knows them again: two nodes of one process count apart. Thread-safe.</summary>
/// <param name="inner">The host's factory, which then owns them; null: this one does.</param>
internal sealed class NodeMeters(IMeterFactory? inner) : IMeterFactory
{
    private readonly ConcurrentDictionary<Meter, bool> _made = new();

    public Meter Create(MeterOptions options)
    {
        // The scope of a meter is its factory: the host's refuses any other.
        MeterOptions own = new(options.Name) { Version = options.Version, Tags = options.Tags, Scope = inner is null ? this : null };
        Meter meter = inner?.Create(own) ?? new Meter(own);
        _made.TryAdd(meter, true);
        return meter;
    }

    /// <summary>Whether a meter is this node's.</summary>
    public bool Owns(Meter meter) => _made.ContainsKey(meter);

    public void Dispose()
    {
        foreach (Meter meter in inner is null ? _made.Keys : [])
        {
            meter.Dispose();
        }
    }
}
