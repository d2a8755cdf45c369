using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Tables;

/// <summary>Row of <c>federation_peer</c>: what a peer has brought to a document so far. In a store's batch: what it brought since the last one.</summary>
/// <param name="Peer">Who, as text.</param>
/// <param name="Document">The document.</param>
/// <remarks>Spec: federation, F14 and section 7. Blocks that were asked for by CID count for nobody.</remarks>
public sealed record PeerDeliveries(string Peer, Cid Document)
{
    /// <summary>When it was heard last: milliseconds since 1970 by the wall clock of this node.</summary>
    public ulong LastAt { get; init; }

    /// <summary>Deliveries: packs and single blocks.</summary>
    public long Packs { get; init; }

    /// <summary>Bytes of their blocks.</summary>
    public long Bytes { get; init; }

    /// <summary>Blocks it could have found wrong itself.</summary>
    public long Faults { get; init; }

    /// <summary>Events admitted at once.</summary>
    public long Accepted { get; init; }

    /// <summary>Events that were known.</summary>
    public long Duplicate { get; init; }

    /// <summary>Events that had to wait for links.</summary>
    public long Pending { get; init; }

    /// <summary>Blocks refused, faults among them.</summary>
    public long Invalid { get; init; }

    /// <summary>Blocks not looked at because of a limit.</summary>
    public long Busy { get; init; }
}
