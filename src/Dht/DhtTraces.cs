using System.Diagnostics;

namespace P2P.Dht;

/// <summary>What this layer traces, as activities of the source <c>P2P.Dht</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class DhtTraces
{
    /// <summary>An operation of the application, with its look-up.</summary>
    public const string Lookup = "p2p.dht.lookup";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Dht");
}
