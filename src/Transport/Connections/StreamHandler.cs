namespace P2P.Transport.Connections;

/// <summary>Serves one inbound stream. It owns the stream; the network disposes it when the task ends (aborts it on an exception).</summary>
/// <param name="stream">The negotiated stream.</param>
/// <param name="cancellationToken">Cancelled when the network stops.</param>
public delegate Task StreamHandler(PeerStream stream, CancellationToken cancellationToken);
