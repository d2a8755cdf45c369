using System.Diagnostics;

namespace P2P.Transport;

/// <summary>What this layer traces, as activities of the source <c>P2P.Transport</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class TransportTraces
{
    /// <summary>A caller waits for a connection; several callers may wait for one dial.</summary>
    public const string Connect = "p2p.transport.connect";

    /// <summary>One address.</summary>
    public const string Dial = "p2p.transport.dial";

    /// <summary>From a raw connection to an authenticated, multiplexed one, in either direction.</summary>
    public const string Handshake = "p2p.transport.handshake";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Transport");
}
