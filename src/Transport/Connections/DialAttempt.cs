namespace P2P.Transport.Connections;

/// <summary>What became of one dialled address. Exactly one of the two is there.</summary>
/// <param name="Connection">Proven; whoever gets the record owns it.</param>
/// <param name="Error">Why not.</param>
internal sealed record DialAttempt(MuxedConnection? Connection, TransportException? Error);
