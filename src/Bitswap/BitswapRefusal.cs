namespace P2P.Bitswap;

/// <summary>Why bytes or requests of a peer were refused; each is counted.</summary>
public enum BitswapRefusal
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>Not protobuf, or a field of the wrong kind.</summary>
    Malformed,

    /// <summary>Longer than <see cref="BitswapOptions.MessageBytesMax"/>.</summary>
    MessageTooLong,

    /// <summary>More entries than <see cref="BitswapOptions.MessageEntriesMax"/>.</summary>
    TooManyEntries,

    /// <summary>A CID or block prefix that is none, is too long, or names a hash that is not computed here.</summary>
    BadCid,

    /// <summary>A block longer than <see cref="BitswapOptions.BlockBytesMax"/>.</summary>
    BlockTooLong,

    /// <summary>A block that this peer was asked for, but that is not wanted any more.</summary>
    UnwantedBlock,

    /// <summary>A block that this peer was never asked for: wrong bytes, or a flood. The peer is banned.</summary>
    WrongBlock,

    /// <summary>Bytes of a banned peer.</summary>
    Banned,

    /// <summary>More wants than <see cref="BitswapOptions.WantsPerPeerMax"/>.</summary>
    TooManyWants,

    /// <summary>More peers than <see cref="BitswapOptions.PeersMax"/>.</summary>
    TooManyPeers,

    /// <summary>An unfinished message over <see cref="BitswapOptions.PartialBytesPerPeer"/> or <see cref="BitswapOptions.PartialBytesMax"/>, or one that took too long.</summary>
    Memory,
}
