namespace P2P.Crdt.Events;

/// <summary>What type rules may know about an event that is linked directly.</summary>
/// <param name="Type">Its type name.</param>
/// <param name="Height">Its height.</param>
/// <param name="Measure">The number its own type rules gave it (HashSeq: count of elements).</param>
public readonly record struct LinkedEvent(string Type, ulong Height, uint Measure);
