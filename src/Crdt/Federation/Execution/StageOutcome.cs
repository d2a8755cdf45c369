using P2P.Core.Blocks;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Execution;

/// <summary>What running a stage made.</summary>
/// <param name="Drafts">To append in this order: artifacts that carry the stage and its outputs, then the receipt. Empty when blocks are missing.</param>
/// <param name="Blocks">Outputs too large for an event: to store before the drafts are appended.</param>
public sealed record StageOutcome(IReadOnlyList<EventDraft> Drafts, IReadOnlyList<Block> Blocks);
