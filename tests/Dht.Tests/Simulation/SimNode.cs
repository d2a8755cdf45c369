using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Tests.Simulation;

/// <summary>One node: the product's engine and what the simulation knows about it.</summary>
internal sealed class SimNode
{
    public SimNode(PeerId id, Multiaddr address, KadOptions options, ulong seed)
    {
        Id = id;
        Address = address;
        Peers = new SimPeers(id, address);
        Engine = new KadEngine(Peers, options, new SeededChance(seed), new WallClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    public PeerId Id { get; }

    public Multiaddr Address { get; }

    public SimPeers Peers { get; }

    public KadEngine Engine { get; }

    public bool Alive { get; set; } = true;

    /// <summary>Answers in place of the engine, or null for an honest node.</summary>
    public Func<PeerId, KadMessage, KadMessage?>? Lie { get; set; }

    public TimeSpan TickAt { get; set; } = TimeSpan.MaxValue;

    public long RequestsServed { get; set; }

    public long RequestsSent { get; set; }
}
