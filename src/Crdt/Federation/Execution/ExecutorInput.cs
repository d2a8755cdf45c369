using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Execution;

/// <summary>What an executor is told: the next event, what became of a block it looked for, or (default) that time has passed.</summary>
/// <param name="Event">An event of the document.</param>
/// <param name="IsHidden">It is visible no more.</param>
/// <param name="Asked">A block that was looked for.</param>
/// <param name="Block">Its bytes; null when it is nowhere.</param>
internal readonly record struct ExecutorInput(Event? Event, bool IsHidden, Cid Asked, ReadOnlyMemory<byte>? Block)
{
    public bool IsTick => Event is null && Asked.IsNone;
}
