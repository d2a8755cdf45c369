namespace P2P.Node.Hosting;

/// <summary>A document or log that is opened with the node.</summary>
/// <param name="Name">For messages.</param>
/// <param name="OpenAsync">Opens it.</param>
internal sealed record HostedPart(string Name, Func<P2PNode, CancellationToken, Task<object>> OpenAsync);
