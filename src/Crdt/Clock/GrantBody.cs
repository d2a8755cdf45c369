using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Body of a <c>grant</c>: <c>{add:[key, …]}</c>, <c>{del:[[key, seq], …]}</c> or both.</summary>
/// <param name="Added">Keys that may write from here on.</param>
/// <param name="Removed">Keys removed, with the last sequence number the remover accepts.</param>
internal sealed record GrantBody(
    IReadOnlyList<ReadOnlyMemory<byte>> Added,
    IReadOnlyList<(ReadOnlyMemory<byte> Key, ulong LastSequence)> Removed);
