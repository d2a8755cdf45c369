using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>One document in a store.</summary>
public sealed record StoredDocument
{
    /// <summary>CID of its genesis.</summary>
    public required Cid Document { get; init; }

    /// <summary>Its network; empty when the genesis block cannot be read.</summary>
    public required string Network { get; init; }

    /// <summary>Its name inside the network; empty when the genesis block cannot be read.</summary>
    public required string Name { get; init; }

    /// <summary>Whether its user left it: it is not synced until somebody opens it again, also after a restart.</summary>
    public required bool IsLeft { get; init; }

    /// <summary>Applied events.</summary>
    public required long Events { get; init; }

    /// <summary>Events that wait for links.</summary>
    public required long Held { get; init; }

    /// <summary>Heads as written with the last commit.</summary>
    public required long Heads { get; init; }

    /// <summary>Authors proven to have forked.</summary>
    public required long Forks { get; init; }

    /// <summary>Sequence number of the newest own event; 0 = none.</summary>
    public required long OwnSequence { get; init; }

    /// <summary>The greatest time an applied event claims, Unix milliseconds; 0 = none.</summary>
    public required ulong NewestAt { get; init; }
}
