namespace P2P.Node.Hosting;

/// <summary>A running node with what was opened on it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Opened">By registration.</param>
internal sealed record HostedNode(P2PNode Node, IReadOnlyDictionary<HostedPart, object> Opened);
