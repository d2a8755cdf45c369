namespace P2P.PubSub.Loop;

/// <summary>A publish under way: how many queues took it, and which were full.</summary>
internal sealed class PublishTicket
{
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the router has named all peers to send to; read the rest only then.</summary>
    public Task Sent => _sent.Task;

    public int Accepted { get; set; }

    public List<PeerLink> Full { get; } = [];

    public void Complete() => _sent.TrySetResult();

    /// <summary>The loop ended first.</summary>
    public void Cancel() => _sent.TrySetCanceled();
}
