namespace P2P.Transport.Connections;

/// <summary>What became of one dialled address. Exactly one of the two is there.</summary>
/// <typeparam name="T">The connection.</typeparam>
/// <param name="Connection">Whoever gets the record owns it.</param>
/// <param name="Error">Why not.</param>
internal sealed record DialAttempt<T>(T? Connection, TransportException? Error)
    where T : class;
