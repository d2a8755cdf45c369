using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace P2P.Node.Telemetry;

/// <summary>
/// Listens to the meters of one node and gives their values, also as the text that Prometheus scrapes. Counting starts when it is made. Thread-safe;
/// a measurement costs no allocation.
/// </summary>
/// <remarks>Spec: user experience, section 8. No exporter package is needed; OpenTelemetry sees the same meters through <c>AddMeter("P2P.*")</c>.</remarks>
public sealed class MetricsReader : IDisposable
{
    /// <summary>Content type of <see cref="WriteTo"/>.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricSeries> _series = new();

    /// <summary>Listens to a node.</summary>
    /// <param name="node">Whose meters.</param>
    public MetricsReader(P2PNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (node.Meters.Owns(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument, _series.GetOrAdd(instrument, static i => new MetricSeries(i)));
            }
        };
        _listener.MeasurementsCompleted = (instrument, state) => _series.TryRemove(instrument, out MetricSeries? removed);
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => (state as MetricSeries)?.Measure(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => (state as MetricSeries)?.Measure(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => (state as MetricSeries)?.Measure(value, tags));
        _listener.Start();
    }

    /// <summary>Every series now, by name and labels.</summary>
    public IReadOnlyList<MetricValue> Read()
    {
        List<MetricValue> values = [];
        foreach (MetricSeries series in Collect())
        {
            foreach (MetricCell cell in series.Cells)
            {
                values.Add(new MetricValue(series.Name, cell.Labels, series.Kind, cell.Value, cell.Count));
            }
        }

        return [.. values.OrderBy(static v => v.Name, StringComparer.Ordinal).ThenBy(static v => v.Labels, StringComparer.Ordinal)];
    }

    /// <summary>Writes everything in the text format of Prometheus.</summary>
    /// <param name="writer">Is not flushed.</param>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (MetricSeries series in Collect())
        {
            writer.Write($"# HELP {series.Name} {PrometheusNames.Escape(series.Instrument.Description ?? series.Instrument.Name, quotes: false)}\n");
            writer.Write($"# TYPE {series.Name} {series.Kind.ToString().ToLowerInvariant()}\n");
            foreach (MetricCell cell in series.Cells.OrderBy(static c => c.Labels, StringComparer.Ordinal))
            {
                Write(writer, series, cell);
            }
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _listener.Dispose();

    private IOrderedEnumerable<MetricSeries> Collect()
    {
        _listener.RecordObservableInstruments();
        return _series.Values.OrderBy(static s => s.Name, StringComparer.Ordinal);
    }

    private static void Write(TextWriter writer, MetricSeries series, MetricCell cell)
    {
        if (series.Kind != MetricKind.Histogram)
        {
            writer.Write($"{series.Name}{Braces(cell.Labels)} {PrometheusNames.Number(cell.Value)}\n");
            return;
        }

        long below = 0;
        for (int i = 0; i <= series.Bounds.Length; i++)
        {
            below += cell.Bucket(i);
            string bound = PrometheusNames.Number(i < series.Bounds.Length ? series.Bounds[i] : double.PositiveInfinity);
            string labels = cell.Labels.Length > 0 ? cell.Labels + "," : string.Empty;
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{series.Name}_bucket{{{labels}le=\"{bound}\"}} {below}\n"));
        }

        writer.Write($"{series.Name}_sum{Braces(cell.Labels)} {PrometheusNames.Number(cell.Value)}\n");
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{series.Name}_count{Braces(cell.Labels)} {below}\n"));
    }

    private static string Braces(string labels) => labels.Length > 0 ? $"{{{labels}}}" : string.Empty;
}
