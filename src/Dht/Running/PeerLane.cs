using P2P.Dht.Engine;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>Our requests to one peer: some running, the rest in order, and open streams to carry them. Owned by <see cref="PeerLanes"/>.</summary>
internal sealed class PeerLane
{
    public int Running { get; set; }

    public Queue<KadEffect> Waiting { get; } = new();

    public Stack<PeerStream> Open { get; } = new();
}
