namespace P2P.Transport.Connections;

/// <summary>What the parts of the connection manager share.</summary>
/// <param name="Options">Limits and habits.</param>
/// <param name="Runtime">Clock, spawner, chance, log.</param>
/// <param name="Tasks">Owner of everything that runs.</param>
/// <param name="Refusals">Counters.</param>
/// <param name="Stop">Cancelled when the network stops.</param>
internal sealed record NetworkContext(
    PeerNetworkOptions Options,
    TransportRuntime Runtime,
    TaskGroup Tasks,
    RefusalCounters Refusals,
    CancellationToken Stop);
