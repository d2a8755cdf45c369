namespace P2P.Crdt.Federation.State;

/// <summary>An author who used a sequence number twice.</summary>
/// <param name="Author">Protobuf form of the key.</param>
/// <param name="Sequence">Lowest number used twice.</param>
public readonly record struct ForkPoint(ReadOnlyMemory<byte> Author, ulong Sequence);
