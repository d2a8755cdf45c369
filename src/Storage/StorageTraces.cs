using System.Diagnostics;

namespace P2P.Storage;

/// <summary>What this layer traces, as activities of the source <c>P2P.Storage</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class StorageTraces
{
    /// <summary>One transaction, for everything that waited.</summary>
    public const string Commit = "p2p.storage.commit";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Storage");
}
