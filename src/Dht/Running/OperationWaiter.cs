using System.Threading.Channels;
using P2P.Dht.Engine;

namespace P2P.Dht.Running;

/// <summary>The application's end of an operation.</summary>
/// <param name="startedAt">Monotonic time, for the duration histogram.</param>
/// <param name="providers">Where found providers go; bounded by the number asked for, so writing never fails.</param>
internal sealed class OperationWaiter(TimeSpan startedAt, ChannelWriter<PeerInfo>? providers)
{
    private readonly TaskCompletionSource<KadOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimeSpan StartedAt { get; } = startedAt;

    public Task<KadOutcome> Task => _done.Task;

    public void Found(PeerInfo info) => providers?.TryWrite(info);

    public void Done(KadOutcome outcome)
    {
        if (outcome.Error != KadError.None)
        {
            Fail(outcome.Error);
            return;
        }

        providers?.TryComplete();
        _done.TrySetResult(outcome);
    }

    public void Fail(KadError error)
    {
        KadException exception = new(error, $"The DHT operation was refused: {error}.");
        if (providers is null)
        {
            _done.TrySetException(exception);
            _ = _done.Task.Exception; // the caller may have stopped waiting: that is no unobserved failure
            return;
        }

        providers.TryComplete(exception); // whoever reads the channel sees it
        _done.TrySetCanceled();
    }
}
