namespace P2P.Dht;

/// <summary>What a walk towards our own id found.</summary>
/// <param name="Answered">Peers that answered during the walk.</param>
/// <param name="TableCount">Peers in the routing table afterwards.</param>
public sealed record BootstrapResult(int Answered, int TableCount);
