namespace P2P.Crdt.Replication;

/// <summary>A question with an answer.</summary>
/// <typeparam name="T">The answer: a copy, never the core's own collections.</typeparam>
/// <param name="read">Reads.</param>
internal sealed class ReadRequestOf<T>(Func<ReplicaCore, ChangeLog, T> read) : ReadRequest
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _source.Task;

    public override void Run(ReplicaCore core, ChangeLog changes)
    {
        try
        {
            _source.TrySetResult(read(core, changes));
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            _source.TrySetException(failed); // the question's fault; reading changed nothing, so the loop goes on
        }
    }

    public override void Fail(Exception error) => _source.TrySetException(error);
}
