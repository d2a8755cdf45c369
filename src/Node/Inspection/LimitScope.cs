namespace P2P.Node.Inspection;

/// <summary>What a limit counts for.</summary>
public enum LimitScope
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The whole node.</summary>
    Node,

    /// <summary>Each remote peer.</summary>
    Peer,

    /// <summary>Each IP address.</summary>
    Address,

    /// <summary>Each IP subnet.</summary>
    Subnet,

    /// <summary>Each connection.</summary>
    Connection,

    /// <summary>Each message, frame, block or value.</summary>
    Message,

    /// <summary>Each key of the DHT.</summary>
    Key,

    /// <summary>Each topic.</summary>
    Topic,

    /// <summary>Each open document.</summary>
    Document,

    /// <summary>Each author of a document.</summary>
    Author,

    /// <summary>Each sync session.</summary>
    Session,

    /// <summary>Each call.</summary>
    Call,

    /// <summary>The store.</summary>
    Store,
}
