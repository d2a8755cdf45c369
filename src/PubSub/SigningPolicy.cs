namespace P2P.PubSub;

/// <summary>Whether the messages of a topic are signed by their author. Both sides must agree.</summary>
public enum SigningPolicy
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>Author, sequence number and signature must be present and valid.</summary>
    StrictSign,

    /// <summary>Author, sequence number, signature and key must be absent: for content that proves itself.</summary>
    StrictNoSign,
}
