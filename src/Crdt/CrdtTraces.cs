using System.Diagnostics;

namespace P2P.Crdt;

/// <summary>What this layer traces, as activities of the source <c>P2P.Crdt</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class CrdtTraces
{
    /// <summary>An own event, until it is durable.</summary>
    public const string Append = "p2p.crdt.append";

    /// <summary>Events of one document handed to the store together.</summary>
    public const string Commit = "p2p.crdt.commit";

    /// <summary>A sync session, opened or served.</summary>
    public const string Sync = "p2p.crdt.sync";

    /// <summary>A federation replay.</summary>
    public const string Replay = "p2p.crdt.replay";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Crdt");
}
