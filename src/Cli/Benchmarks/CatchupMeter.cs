using System.Diagnostics.Metrics;
using P2P.Crdt.Replication;

namespace P2P.Cli.Benchmarks;

/// <summary>Counts the signatures that replicas verify.</summary>
internal sealed class CatchupMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _verifications;

    public CatchupMeter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ReplicaMetrics.MeterName && instrument.Name == "p2p.crdt.verifications")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _verifications, value));
        _listener.Start();
    }

    /// <summary>Signatures verified.</summary>
    public long Verifications => Interlocked.Read(ref _verifications);

    public void Dispose() => _listener.Dispose();
}
