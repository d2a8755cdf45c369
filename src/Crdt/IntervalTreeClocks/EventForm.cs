namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Which children of an event node are written; the others are zero leaves.</summary>
internal enum EventForm : byte
{
    Right = 0,
    Left = 1,
    Both = 2,
}
