using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Outcome of <see cref="DocumentState.Admit"/>.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="Node">The node when admitted.</param>
/// <param name="FoundFork">Whether it proved, or proved earlier, that its author forked.</param>
internal readonly record struct AdmitResult(AdmitKind Kind, InvalidReason Reason, EventNode? Node, bool FoundFork);
