namespace P2P.Transport.Connections;

/// <summary>What became of a proven connection.</summary>
/// <param name="Refusal">Why it was not admitted; none when it was.</param>
/// <param name="Connection">The admitted connection; null when refused.</param>
/// <param name="Evicted">Another connection to be closed for it, or null.</param>
internal sealed record Admission(ConnectionRefusal Refusal, PeerConnection? Connection, PeerConnection? Evicted);
