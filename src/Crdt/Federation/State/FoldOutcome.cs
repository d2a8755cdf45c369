using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;

namespace P2P.Crdt.Federation.State;

/// <summary>A state, or what is missing for one; never a part of one.</summary>
/// <param name="State">The state document, or null.</param>
/// <param name="Missing">Blocks without which there is no state, ascending.</param>
public sealed record FoldOutcome(StateDocument? State, IReadOnlyList<Cid> Missing)
{
    /// <summary>Keys of executions whose recomputation needs more than <see cref="ProgramLimits"/> gives; ascending. If any, there is no state here.</summary>
    public IReadOnlyList<EventDigest> TooLarge { get; init; } = [];
}
