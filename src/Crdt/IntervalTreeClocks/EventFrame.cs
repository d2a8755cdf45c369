namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>An event node whose children are being read.</summary>
/// <param name="Form">Which are written.</param>
/// <param name="HasLeft">The left child of <see cref="EventForm.Both"/> is complete.</param>
/// <param name="LeftCounter">Its lowest value above the base.</param>
/// <param name="Counter">The node's own counter.</param>
/// <param name="Base">Sum of the counters down to this node.</param>
internal readonly record struct EventFrame(EventForm Form, bool HasLeft, long LeftCounter, long Counter, long Base);
