using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Execution;

/// <summary>A stage that is to be run here.</summary>
/// <param name="Stage">Its index.</param>
/// <param name="Program">Its program.</param>
/// <param name="Inputs">Its inputs, in canonical key order.</param>
/// <param name="Key">Key of its receipt.</param>
/// <param name="IsTakeover">Whether somebody else was to run it and did not in time.</param>
public sealed record StageTask(int Stage, Cid Program, IReadOnlyList<KeyValuePair<string, Cid>> Inputs, EventDigest Key, bool IsTakeover);
