namespace P2P.Dht.Wire;

/// <summary>A request or an answer.</summary>
internal sealed record KadMessage(KadMessageType Type, ReadOnlyMemory<byte> Key)
{
    public KadRecord? Record { get; init; }

    /// <summary>Nearest to the key first when we write it; any order when read.</summary>
    public IReadOnlyList<KadPeer> CloserPeers { get; init; } = [];

    public IReadOnlyList<KadPeer> ProviderPeers { get; init; } = [];
}
