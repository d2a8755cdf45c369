using System.Diagnostics;

namespace P2P.PubSub;

/// <summary>What this layer traces, as activities of the source <c>P2P.PubSub</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class PubSubTraces
{
    /// <summary>One message, until it is handed to the peers.</summary>
    public const string Publish = "p2p.pubsub.publish";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.PubSub");
}
