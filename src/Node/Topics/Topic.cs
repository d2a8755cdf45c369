using System.Runtime.CompilerServices;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Node.Logs;
using P2P.PubSub;

namespace P2P.Node.Topics;

/// <summary>Messages of one type to whoever listens now. Signed by their senders; not kept, not ordered, not delivered to their sender. Thread-safe.</summary>
/// <typeparam name="T">What a message says.</typeparam>
public sealed class Topic<T> : IAsyncDisposable
{
    private readonly TopicFeed _feed;
    private readonly object _user;
    private readonly ILogFormat<T> _format;
    private readonly EntryReading _reading;
    private readonly P2POptions _options;
    private int _disposed;
    private long _unreadable;

    internal Topic(string name, (TopicFeed Feed, object User) share, (ILogFormat<T> Format, EntryReading Reading) messages, P2POptions options)
    {
        Name = name;
        (_feed, _user) = share;
        (_format, _reading) = messages;
        _options = options;
    }

    /// <summary>The name it was opened by.</summary>
    public string Name { get; }

    /// <summary>Connected peers that listen now.</summary>
    public IReadOnlyList<PeerId> Peers => _feed.Peers;

    /// <summary>Messages dropped because a reader of this process was 1,024 behind.</summary>
    public long Dropped => _feed.Dropped;

    /// <summary>Messages of peers that were none of this type, or that its code refused by an exception; they are left out.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Sends a message to everybody who listens now.</summary>
    /// <param name="message">With its envelope at most 64 KiB.</param>
    /// <param name="cancellationToken">Gives up waiting for room; some may have got it.</param>
    /// <returns>Peers it was handed to; 0 when nobody listens. <see cref="WaitForPeersAsync"/> waits for somebody.</returns>
    /// <exception cref="P2PException">The message is too long, or the topic is closed.</exception>
    public Task<int> PublishAsync(T message, CancellationToken cancellationToken = default)
    {
        byte[] data = _format.Write(message);
        return RunAsync(PublishAsync, data, cancellationToken);

        static async Task<int> PublishAsync(GossipTopic topic, byte[] bytes, CancellationToken token)
        {
            try
            {
                return await topic.PublishAsync(bytes, token);
            }
            catch (ArgumentException error)
            {
                throw new P2PException(NodeError.TooLong, error.Message, error);
            }
        }
    }

    /// <summary>
    /// Messages of others from the moment the enumeration begins, until the topic is closed. Every reader gets all of them. Buffer: 1,024 messages a
    /// reader; beyond, the oldest is dropped and counted by <see cref="Dropped"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<TopicMessage<T>> Messages(CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<TopicMessage<T>>(_options.Spawner, token => ReadAsync(_feed.Listen(_user), token), cancellationToken);

    /// <summary>Waits until at least so many peers listen.</summary>
    /// <param name="count">How many; 0 waits for the own subscription only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="P2PException">The topic was closed meanwhile.</exception>
    public Task WaitForPeersAsync(int count, CancellationToken cancellationToken = default) => RunAsync(
        static async (topic, least, token) =>
        {
            await topic.WaitForPeersAsync(least, token);
            return 0;
        },
        count,
        cancellationToken);

    /// <summary>Ends the streams of this one; whoever else opened the topic in this process goes on, and the last one unsubscribes. Idempotent.</summary>
    public ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _disposed, 1) == 0 ? new ValueTask(_options.Spawner.StartAsync(() => _feed.ReleaseAsync(_user))) : ValueTask.CompletedTask;

    private Task<int> RunAsync<TArgument>(
        Func<GossipTopic, TArgument, CancellationToken, Task<int>> call, TArgument argument, CancellationToken cancellationToken) =>
        _options.Spawner.StartWithinAsync(async () =>
        {
            if (Volatile.Read(ref _disposed) != 0)
            {
                throw new P2PException(NodeError.Stopped, "The topic is closed.");
            }

            GossipTopic topic = await _feed.SubscribedAsync(cancellationToken);
            try
            {
                return await call(topic, argument, cancellationToken);
            }
            catch (ObjectDisposedException error)
            {
                throw new P2PException(NodeError.Stopped, "The topic is closed.", error);
            }
        });

    private async IAsyncEnumerable<TopicMessage<T>> ReadAsync(
        Channel<GossipMessage> reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (GossipMessage message in reader.Reader.EachAsync(cancellationToken))
            {
                if (_reading.Read(_format, message.Data.Span, out T? body) == EntryRefusal.None && body is not null)
                {
                    yield return new TopicMessage<T>(message.From, _options.Time.GetUtcNow(), body);
                }
                else
                {
                    Interlocked.Increment(ref _unreadable);
                }
            }
        }
        finally
        {
            _feed.Leave(reader);
        }
    }
}
