namespace P2P.Bitswap.Engine;

/// <summary>What the engine wants done.</summary>
internal enum BitswapEffectKind
{
    None = 0,

    /// <summary>Write <see cref="BitswapEffect.Message"/> to the peer.</summary>
    Send,

    /// <summary>Ask the store for <see cref="BitswapEffect.Cid"/> on behalf of the peer.</summary>
    LookUp,

    /// <summary>A wanted block has arrived and is verified.</summary>
    Deliver,

    /// <summary>Nobody that was asked has the block.</summary>
    GiveUp,

    /// <summary>Count <see cref="BitswapEffect.Refusal"/>.</summary>
    Refuse,

    /// <summary>Read nothing of the peer for <see cref="BitswapOptions.BanTime"/>.</summary>
    Ban,
}
