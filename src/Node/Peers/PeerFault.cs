namespace P2P.Node.Peers;

/// <summary>What a peer did that it could have known to be wrong.</summary>
public enum PeerFault
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It brought a block whose size, hash, form or signature is wrong, by gossip or in a sync session.</summary>
    BadBlock,

    /// <summary>It broke the rules of the sync protocol.</summary>
    BrokenSync,

    /// <summary>Nothing that was noticed: a person banned it.</summary>
    ByHand,
}
