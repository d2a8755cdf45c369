using P2P.Crdt.Presence;
using P2P.PubSub;

namespace P2P.Node.Documents;

/// <summary>An input of the presence loop, and who waits for it.</summary>
/// <param name="Input">What happened.</param>
/// <param name="Taken">Completes when it was taken.</param>
/// <param name="Verdict">Of a message: what gossip shall do with it.</param>
/// <param name="Number">Its place among the calls of this node; 0 for what is none.</param>
internal readonly record struct PresenceItem(
    PresenceInput Input, TaskCompletionSource? Taken = null, TaskCompletionSource<ValidationVerdict>? Verdict = null, long Number = 0);
