namespace P2P.Dht.Engine;

/// <summary>How an operation ended.</summary>
internal sealed record KadOutcome(KadOperationKind Kind)
{
    /// <summary>Not none: it was refused here.</summary>
    public KadError Error { get; init; }

    public int Sent { get; init; }

    public int Failed { get; init; }

    public int Answered { get; init; }

    /// <summary>Closer peers refused in answers.</summary>
    public int RefusedPeers { get; init; }

    public PeerInfo? Peer { get; init; }

    public ReadOnlyMemory<byte>? Value { get; init; }
}
