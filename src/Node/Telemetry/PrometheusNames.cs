using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace P2P.Node.Telemetry;

/// <summary>Names and labels as Prometheus wants them. Stateless.</summary>
internal static class PrometheusNames
{
    /// <summary><c>p2p.dht.lookup.duration</c> in seconds is <c>p2p_dht_lookup_duration_seconds</c>; counters end in <c>_total</c>.</summary>
    public static string Of(Instrument instrument, MetricKind kind)
    {
        StringBuilder name = new(Word(instrument.Name));
        string unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" => "_ratio",
            _ => string.Empty, // an annotation in braces is no unit
        };
        name.Append(name.ToString().EndsWith(unit, StringComparison.Ordinal) ? string.Empty : unit); // p2p.crdt.pool.bytes says it already
        return name.Append(kind == MetricKind.Counter ? "_total" : string.Empty).ToString();
    }

    /// <summary><c>name="value",…</c>.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder labels = new();
        foreach ((string key, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
            labels.Append(labels.Length > 0 ? "," : string.Empty).Append(Word(key)).Append("=\"").Append(Escape(text, quotes: true)).Append('"');
        }

        return labels.ToString();
    }

    /// <summary>A value as text.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Text of a line.</summary>
    public static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string Word(string name) => string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
