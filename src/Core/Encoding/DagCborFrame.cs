namespace P2P.Core.Encoding;

/// <summary>An open container: what is still to come, and the last key of a map.</summary>
internal struct DagCborFrame
{
    /// <summary>Keys and values still to come.</summary>
    public int ItemsLeft;

    /// <summary>Where the previous key starts.</summary>
    public int KeyStart;

    /// <summary>Length of the previous key; negative when there is none.</summary>
    public int KeyLength;
}
