namespace P2P.Node.Telemetry;

/// <summary>What the values of a metric mean.</summary>
public enum MetricKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>The value now.</summary>
    Gauge,

    /// <summary>Values by size.</summary>
    Histogram,
}
