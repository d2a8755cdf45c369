using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Waits for verdicts, and for durability where they say accepted.</summary>
internal sealed class InsertReply : PendingReply
{
    private readonly TaskCompletionSource<IReadOnlyList<EventVerdict>> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IReadOnlyList<EventVerdict>> Task => _source.Task;

    public override void Complete(ReplyEffect reply) => _source.TrySetResult(reply.Verdicts);

    public override void Fail(Exception error) => _source.TrySetException(error);
}
