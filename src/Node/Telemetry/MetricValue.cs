namespace P2P.Node.Telemetry;

/// <summary>A series at one moment.</summary>
/// <param name="Name">As in Prometheus, such as <c>p2p_pubsub_messages_received_total</c>.</param>
/// <param name="Labels"><c>name="value",…</c>; empty without.</param>
/// <param name="Kind">What the value means.</param>
/// <param name="Value">The value; of a histogram the sum.</param>
/// <param name="Count">Values recorded by a histogram; else 0.</param>
public readonly record struct MetricValue(string Name, string Labels, MetricKind Kind, double Value, long Count);
