namespace P2P.Node.Documents;

/// <summary>Which way through the history of own edits.</summary>
internal enum TextUndo
{
    /// <summary>Neither: an ordinary edit.</summary>
    None = 0,

    /// <summary>Take the last group back.</summary>
    Back,

    /// <summary>Make the group taken back last again.</summary>
    Forth,
}
