namespace P2P.Node.Adapters;

/// <summary>What a document fetched by CID since it was opened.</summary>
/// <param name="EventsFetched">Events that arrived over Bitswap because they were asked for.</param>
/// <param name="ProvidersFound">Most providers the DHT named in one search.</param>
public sealed record TransferCounts(long EventsFetched, int ProvidersFound);
