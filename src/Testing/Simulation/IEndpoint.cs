using P2P.Core.Identity;

namespace P2P.Testing.Simulation;

/// <summary>What messages can be sent to: a node, or a hostile peer of a test.</summary>
internal interface IEndpoint
{
    PeerId Id { get; }

    bool IsRunning { get; }

    /// <summary>Peers it believes to be connected to.</summary>
    IReadOnlyList<PeerId> Neighbours { get; }

    /// <summary>A connection is there, new or again.</summary>
    void Connect(PeerId peer, bool outbound);

    /// <summary>A connection is gone.</summary>
    void Disconnect(PeerId peer);

    /// <summary>A peer opened a stream for the sync protocol.</summary>
    void Accept(PeerId from, SimulatedStream stream);

    void Receive(PeerId from, MessageKind kind, byte[] bytes);
}
