namespace P2P.Node.Documents;

/// <summary>Where a change came from.</summary>
public enum TextOrigin
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Written through this node: in this run, or before under the author key that it still has.</summary>
    Local,

    /// <summary>Written elsewhere.</summary>
    Remote,

    /// <summary>An event stopped being visible (a fork or a removed writer); its elements left the text.</summary>
    Retraction,
}
