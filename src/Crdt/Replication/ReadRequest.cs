namespace P2P.Crdt.Replication;

/// <summary>A question for the loop: answered on it, between two steps.</summary>
internal abstract class ReadRequest
{
    /// <summary>Answers; must not wait.</summary>
    public abstract void Run(ReplicaCore core, ChangeLog changes);

    /// <summary>The loop ended.</summary>
    public abstract void Fail(Exception error);
}
