namespace P2P.Storage;

/// <summary>What survives a power loss. Both survive a killed process, and both are consistent after any crash.</summary>
/// <remarks>Spec: durability, D1 and D7.</remarks>
public enum Durability
{
    /// <summary>Nothing acknowledged is lost (<c>synchronous=FULL</c>).</summary>
    Full = 0,

    /// <summary>
    /// The last commits of others may be lost on power loss (<c>synchronous=NORMAL</c>). Own events are synced before they are acknowledged all the
    /// same: a node that forgets its own event writes another with the same number and so contradicts itself.
    /// </summary>
    Relaxed = 1,
}
