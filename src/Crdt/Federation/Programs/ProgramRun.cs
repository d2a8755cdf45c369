using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Programs;

/// <summary>An execution: its result, or why there is none here.</summary>
/// <param name="Refusal">None when there is a result.</param>
/// <param name="Result">The result, or null.</param>
/// <param name="Missing">Blocks without which there is no result, ascending.</param>
public sealed record ProgramRun(ProgramRefusal Refusal, ProgramResult? Result, IReadOnlyCollection<Cid> Missing);
