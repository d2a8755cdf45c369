namespace P2P.Crdt.HashSeq;

/// <summary>An element named in a body.</summary>
/// <param name="Event">Index in the dictionary: 0 = this event, then <c>prev</c>, <c>deps</c>, <c>refs</c>.</param>
/// <param name="Offset">Offset of the element inside that event.</param>
internal readonly record struct BodyElement(uint Event, uint Offset) : IComparable<BodyElement>
{
    public int CompareTo(BodyElement other) => Event != other.Event ? Event.CompareTo(other.Event) : Offset.CompareTo(other.Offset);
}
