namespace P2P.Bitswap.Wire;

/// <summary>What a want asks for.</summary>
internal enum WantKind
{
    /// <summary>The block itself; wire 0.</summary>
    Block = 0,

    /// <summary>Whether the peer has it; wire 1.</summary>
    Have = 1,
}
