using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Node.Adapters;

/// <summary>The clock of one open document, and whose turn it is.</summary>
/// <param name="clock">The clock.</param>
/// <param name="port">Its file and its messages.</param>
/// <param name="followers">Connected peers that follow the document.</param>
/// <param name="events">How many events of it are here; 0 while they are loaded.</param>
internal sealed class ClockDesk(DocumentClock clock, ClockPort port, Func<IReadOnlyList<PeerId>> followers, Func<ulong> events)
{
    public DocumentClock Clock { get; } = clock;

    public ClockPort Port { get; } = port;

    public Func<IReadOnlyList<PeerId>> Followers { get; } = followers;

    public Func<ulong> Events { get; } = events;

    public Turnstile Gate { get; } = new(1);
}
