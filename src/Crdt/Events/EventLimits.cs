namespace P2P.Crdt.Events;

/// <summary>Protocol constants: part of validity, equal on every replica. Local limits live in options records instead.</summary>
/// <remarks>Spec: replica, section 2; limits, section 1.</remarks>
public static class EventLimits
{
    /// <summary>Longest event block, all bytes.</summary>
    public const int BlockBytesMax = 1_048_576;

    /// <summary>Longest body, in bytes of its canonical form.</summary>
    public const int BodyBytesMax = 262_144;

    /// <summary>Most dependencies of one event.</summary>
    public const int DependenciesMax = 64;

    /// <summary>Most references in the body of one event.</summary>
    public const int ReferencesMax = 1_024;

    /// <summary>Deepest nesting of the block.</summary>
    public const int NestingMax = 32;

    /// <summary>Most items (keys and values, at any depth) of one block.</summary>
    public const int ItemsMax = 65_536;

    /// <summary>Most keys of one map.</summary>
    public const int MapKeysMax = 1_024;

    /// <summary>Longest type name, in bytes.</summary>
    public const int TypeBytesMax = 32;

    /// <summary>Longest block sent as gossip, so that the framed RPC stays below 65,536 bytes. Larger events are announced only.</summary>
    public const int GossipBlockBytesMax = 60 * 1024;

    /// <summary>Signature length.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Length of every link: CIDv1, sha2-256.</summary>
    public const int LinkBytes = 36;

    /// <summary>Length of an author key: the libp2p protobuf form of an Ed25519 key.</summary>
    public const int AuthorBytes = 36;

    /// <summary>The only version known.</summary>
    public const ulong Version = 1;
}
