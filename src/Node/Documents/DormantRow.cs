using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Node.Documents;

/// <summary>A document of the store, and where it is now. Touched under the gate of <see cref="DormantDocuments"/> only.</summary>
internal sealed class DormantRow(Genesis genesis)
{
    public Genesis Genesis { get; } = genesis;

    /// <summary>Somebody has opened it, or is about to: then it does not sleep, and nobody else may wake it.</summary>
    public bool IsTaken { get; set; }

    /// <summary>The replica of whoever opened it.</summary>
    public Replica? Open { get; set; }

    /// <summary>What is known without waking it; null = nothing yet, or it has changed.</summary>
    public DocumentSketch? Sketch { get; set; }

    /// <summary>Woken for sync sessions.</summary>
    public WokenReplica? Woken { get; set; }

    /// <summary>The last one woken on its way to sleep: two replicas of one document must never write at the same time.</summary>
    public Task Closing { get; set; } = Task.CompletedTask;

    /// <summary>It is being closed, left, or neither any more: what was known of it is not known now.</summary>
    public void Mark(bool isTaken)
    {
        IsTaken = isTaken;
        Open = null;
        Sketch = null;
    }
}
