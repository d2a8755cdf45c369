using System.Diagnostics.Metrics;

namespace P2P.Node.Telemetry;

/// <summary>All series of one instrument. Thread-safe.</summary>
internal sealed class MetricSeries
{
    /// <summary>Sets of labels an instrument may have; labels come from closed sets, so more are a defect and are not counted.</summary>
    private const int CellsMax = 256;

    private static readonly double[] s_seconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private static readonly double[] s_counts = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000];

    private readonly Lock _gate = new();
    private MetricCell[] _cells = [];

    public MetricSeries(Instrument instrument)
    {
        Instrument = instrument;
        Kind = KindOf(instrument);
        Name = PrometheusNames.Of(instrument, Kind);
        Bounds = Kind != MetricKind.Histogram ? [] : instrument.Unit == "s" ? s_seconds : s_counts;
    }

    public Instrument Instrument { get; }

    public MetricKind Kind { get; }

    /// <summary>In Prometheus.</summary>
    public string Name { get; }

    public double[] Bounds { get; }

    public IReadOnlyList<MetricCell> Cells => Volatile.Read(ref _cells);

    /// <summary>A measurement.</summary>
    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        MetricCell? cell = Find(tags) ?? Add(tags);
        if (Kind == MetricKind.Histogram)
        {
            cell?.Record(value);
        }
        else if (Instrument.IsObservable)
        {
            cell?.Set(value); // the whole, not a part
        }
        else
        {
            cell?.Add(value);
        }
    }

    private MetricCell? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (MetricCell cell in Volatile.Read(ref _cells))
        {
            if (cell.Has(tags))
            {
                return cell;
            }
        }

        return null;
    }

    private MetricCell? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (Find(tags) is MetricCell there)
            {
                return there;
            }

            if (_cells.Length >= CellsMax)
            {
                return null;
            }

            MetricCell cell = new(tags, Bounds);
            Volatile.Write(ref _cells, [.. _cells, cell]);
            return cell;
        }
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        string type = instrument.GetType().Name;
        return type.StartsWith("Histogram", StringComparison.Ordinal) ? MetricKind.Histogram
            : type.StartsWith("Counter", StringComparison.Ordinal) || type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? MetricKind.Counter
            : MetricKind.Gauge;
    }
}
