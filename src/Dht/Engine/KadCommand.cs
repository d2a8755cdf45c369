using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>An operation to run.</summary>
/// <param name="Kind">What.</param>
/// <param name="Key">Multihash, peer id or value key, by kind.</param>
internal sealed record KadCommand(KadOperationKind Kind, ReadOnlyMemory<byte> Key)
{
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Most providers wanted.</summary>
    public int Max { get; init; }

    /// <summary>What the peers on the way are asked.</summary>
    public KadMessageType LookupType => Kind switch
    {
        KadOperationKind.FindProviders => KadMessageType.GetProviders,
        KadOperationKind.GetValue => KadMessageType.GetValue,
        _ => KadMessageType.FindNode,
    };
}
