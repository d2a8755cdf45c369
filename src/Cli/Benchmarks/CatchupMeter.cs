using System.Diagnostics.Metrics;
using P2P.Crdt.Replication;

namespace P2P.Cli.Benchmarks;

/// <summary>Adds up what one replica's metrics say.</summary>
internal sealed class CatchupMeter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _verifications;
    private long _commitMicroseconds;

    public CatchupMeter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == ReplicaMetrics.MeterName && instrument.Name is "p2p.crdt.verifications" or "p2p.crdt.commit.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _verifications, value));
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => Interlocked.Add(ref _commitMicroseconds, (long)(seconds * 1e6)));
        _listener.Start();
    }

    /// <summary>Signatures verified.</summary>
    public long Verifications => Interlocked.Read(ref _verifications);

    /// <summary>Time spent waiting for commits.</summary>
    public double CommitMs => Interlocked.Read(ref _commitMicroseconds) / 1e3;

    public void Dispose() => _listener.Dispose();
}
