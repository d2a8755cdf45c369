namespace P2P.Bitswap.Engine;

/// <summary>How far a peer has got with one CID.</summary>
internal enum AskPhase
{
    None = 0,

    /// <summary>Asked whether it has it.</summary>
    AskedHave,

    /// <summary>It said yes; not asked for the block yet.</summary>
    Has,

    /// <summary>Asked for the block.</summary>
    AskedBlock,

    /// <summary>It said no, did not answer in time, or was lost.</summary>
    Out,
}
