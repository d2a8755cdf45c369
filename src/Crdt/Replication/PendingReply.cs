namespace P2P.Crdt.Replication;

/// <summary>A caller that waits for the loop. Completed exactly once, by the loop only.</summary>
internal abstract class PendingReply
{
    /// <summary>The answer.</summary>
    public abstract void Complete(ReplyEffect reply);

    /// <summary>There will be none.</summary>
    public abstract void Fail(Exception error);
}
