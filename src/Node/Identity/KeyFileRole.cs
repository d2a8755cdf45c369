namespace P2P.Node.Identity;

/// <summary>Which of the two keys of a data folder a <see cref="KeyFile"/> holds.</summary>
public enum KeyFileRole
{
    /// <summary>The file does not say it: an older program wrote it.</summary>
    Unknown = 0,

    /// <summary>Who a node is on the network.</summary>
    Identity = 1,

    /// <summary>Who signs its events.</summary>
    Author = 2,
}
