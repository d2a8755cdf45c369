using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>A dormant document that sync sessions have woken. Touched under the gate of <see cref="DormantDocuments"/> only.</summary>
internal sealed class WokenReplica
{
    /// <summary>The replica, once it is loaded. Set by whoever wakes it, before anybody can see it.</summary>
    public required Task<Replica> Opening { get; init; }

    /// <summary>Questions being asked of it.</summary>
    public int Leases { get; set; }

    /// <summary>When it was last asked, as a count of questions.</summary>
    public long UsedAt { get; set; }
}
