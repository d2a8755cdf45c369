using System.Diagnostics;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Waits for an own event to be durable.</summary>
internal sealed class AppendReply : PendingReply
{
    private readonly TaskCompletionSource<Event> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whose append it is; default when nobody traces.</summary>
    public ActivityContext Cause { get; init; }

    public Task<Event> Task => _source.Task;

    public override void Complete(ReplyEffect reply)
    {
        if (reply.Appended is not null && reply.Error == ReplicaError.None)
        {
            _source.TrySetResult(reply.Appended);
        }
        else
        {
            _source.TrySetException(new ReplicaException(reply.Error, reply.Message, reply.Cause));
        }
    }

    public override void Fail(Exception error) => _source.TrySetException(error);
}
