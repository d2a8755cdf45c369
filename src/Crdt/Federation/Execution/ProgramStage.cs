using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;

namespace P2P.Crdt.Federation.Execution;

/// <summary>A part of a program.</summary>
/// <param name="Program">The part, a program of its own.</param>
/// <param name="Cid">Its CID.</param>
/// <param name="Bindings">What its slots are: a slot of the whole, or a node of an earlier stage.</param>
public sealed record ProgramStage(ProgramBody Program, Cid Cid, IReadOnlyDictionary<string, ProgramSource> Bindings);
