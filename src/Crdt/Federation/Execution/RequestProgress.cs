using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Execution;

/// <summary>How far a request has come here.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Done">Stages whose result is known.</param>
/// <param name="Stages">All of them; 0 while it waits.</param>
/// <param name="Status">Of a failed one the status of the stage that failed; see <see cref="Programs.ProgramStatus"/>.</param>
/// <param name="Outputs">Of one that is done the CIDs by output slot of the program, in canonical key order.</param>
public sealed record RequestProgress(RequestState State, int Done, int Stages, ulong Status, IReadOnlyList<KeyValuePair<string, Cid>> Outputs);
