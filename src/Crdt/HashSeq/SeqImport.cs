using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>What a snapshot held.</summary>
/// <param name="Sequence">The text with its whole history.</param>
/// <param name="Events">All events in canonical order, byte for byte as they were signed: for a store, and for a clock to admit.</param>
public sealed record SeqImport(Sequence Sequence, IReadOnlyList<Event> Events);
