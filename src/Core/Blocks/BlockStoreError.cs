namespace P2P.Core.Blocks;

/// <summary>Why a block store could not do what it was asked.</summary>
public enum BlockStoreError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The store holds as many bytes as its options allow.</summary>
    Full,
}
