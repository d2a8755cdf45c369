namespace P2P.Crdt.HashSeq;

/// <summary>A range that an event removes.</summary>
/// <param name="Event">Number of the event whose offsets these are.</param>
/// <param name="Offset">First offset.</param>
/// <param name="Count">How many.</param>
internal readonly record struct EventRemoval(int Event, int Offset, int Count) : IComparable<EventRemoval>
{
    public int CompareTo(EventRemoval other) => Event != other.Event ? Event.CompareTo(other.Event) : Offset.CompareTo(other.Offset);
}
