using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

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

    /// <summary>Lets it sleep. What is to be known of it meanwhile, if it can be told. Called without the gate.</summary>
    public async Task<DocumentSketch?> CloseAsync()
    {
        try
        {
            await using Replica replica = await Opening;
            return await DocumentSketch.OfAsync(replica, CancellationToken.None);
        }
        catch (Exception)
        {
            return null; // whoever asked for it was told; here it must not stand in the way of whoever opens it next
        }
    }
}
