namespace P2P.Dht;

/// <summary>How far an announcement got. ADD_PROVIDER has no answer, so "sent" is all that can be known.</summary>
/// <param name="Sent">Peers the record was written to. 0 with an empty table: it is kept here and sent when peers appear.</param>
/// <param name="Failed">Peers that could not be written to.</param>
public sealed record ProvideResult(int Sent, int Failed);
