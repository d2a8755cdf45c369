using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub;

namespace P2P.Node.Topics;

/// <summary>One subscription, shared by everybody in this process who opened the topic: each reader gets every message. Thread-safe.</summary>
internal sealed class TopicFeed : IAsyncDisposable
{
    /// <summary>Messages that wait for one reader; the oldest is dropped beyond, and counted.</summary>
    public const int ReaderMax = 1_024;

    private readonly Lock _gate = new();
    private readonly List<(object User, Channel<GossipMessage> Queue)> _readers = [];
    private readonly List<object> _users = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<GossipTopic> _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<TopicFeed> _onClosed;
    private readonly Task _running;
    private volatile GossipTopic? _topic;
    private bool _closed;
    private long _dropped;

    /// <summary>
    /// Subscribes in the background, when a feed of the same topic that is being closed has unsubscribed. <paramref name="onClosed"/> is told once, when
    /// this one is closed and unsubscribed.
    /// </summary>
    public TopicFeed(GossipNetwork gossip, TopicId id, ISpawner spawner, Task before, Action<TopicFeed> onClosed)
    {
        Id = id;
        _onClosed = onClosed; // before it runs: it may end at once
        _running = spawner.StartAsync(() => RunAsync(gossip, id, before));
    }

    /// <summary>Its topic.</summary>
    public TopicId Id { get; }

    /// <summary>Peers that listen now; none before the subscription is made.</summary>
    public IReadOnlyList<PeerId> Peers => _topic?.Peers ?? [];

    /// <summary>Messages dropped because a reader was too slow.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The subscription, when it is made.</summary>
    /// <exception cref="P2PException">Closed before it was.</exception>
    public Task<GossipTopic> SubscribedAsync(CancellationToken cancellationToken) => _subscribed.Task.OrCanceledAsync(cancellationToken);

    /// <summary>One more user; false when the last one has closed it.</summary>
    public bool TryShare(object user)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _users.Add(user);
            }

            return !_closed;
        }
    }

    /// <summary>A reader's own queue, until its user leaves.</summary>
    public Channel<GossipMessage> Listen(object user)
    {
        Channel<GossipMessage> reader = Channel.CreateBounded<GossipMessage>(
            new BoundedChannelOptions(ReaderMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        lock (_gate)
        {
            if (_closed || !_users.Contains(user))
            {
                reader.Writer.TryComplete();
            }
            else
            {
                _readers.Add((user, reader));
            }
        }

        return reader;
    }

    public void Leave(Channel<GossipMessage> reader)
    {
        lock (_gate)
        {
            _readers.RemoveAll(r => r.Queue == reader);
        }
    }

    /// <summary>One user less: its readers end, and the last one unsubscribes.</summary>
    public Task ReleaseAsync(object user)
    {
        lock (_gate)
        {
            _users.Remove(user);
            End(user);
            return _users.Count > 0 ? Task.CompletedTask : CloseAsync();
        }
    }

    public Task CloseAsync()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                _stop.Cancel();
            }

            return _running;
        }
    }

    public ValueTask DisposeAsync() => new(CloseAsync());

    private async Task RunAsync(GossipNetwork gossip, TopicId id, Task before)
    {
        try
        {
            await before;
            await using GossipTopic topic = await gossip.SubscribeAsync(id, TopicOptions.Signed with { QueueCapacity = ReaderMax }, _stop.Token);
            _topic = topic;
            _subscribed.TrySetResult(topic);
            await foreach (GossipMessage message in topic.ReadAllAsync(_stop.Token))
            {
                Deliver(message);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            // closed here, or the node went first
        }
        finally
        {
            _topic = null;
            _subscribed.TrySetException(new P2PException(NodeError.Stopped, "The topic is closed."));
            _subscribed.Task.Exception?.Handle(static _ => true); // seen, when nobody asks
            EndAll();
            _stop.Dispose(); // closed by now, so nobody cancels it any more
            _onClosed(this);
        }
    }

    private void Deliver(GossipMessage message)
    {
        lock (_gate)
        {
            foreach ((_, Channel<GossipMessage> queue) in _readers)
            {
                queue.Writer.TryWrite(message);
            }
        }
    }

    private void EndAll()
    {
        lock (_gate)
        {
            _closed = true;
            _users.Clear();
            _readers.ForEach(static r => r.Queue.Writer.TryComplete());
            _readers.Clear();
        }
    }

    // Called under the gate.
    private void End(object user)
    {
        _readers.FindAll(r => r.User == user).ForEach(static r => r.Queue.Writer.TryComplete());
        _readers.RemoveAll(r => r.User == user);
    }
}
