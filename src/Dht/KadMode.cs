namespace P2P.Dht;

/// <summary>Whether a node answers requests of others.</summary>
public enum KadMode
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>Asks and does not answer; not listed in identify, so nobody keeps it in a table.</summary>
    Client,

    /// <summary>Asks and answers. On a LAN always.</summary>
    Server,
}
