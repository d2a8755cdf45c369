using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Loop;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.Transport.Connections;

namespace P2P.PubSub;

/// <summary>
/// Publish and subscribe over all connected peers: gossipsub 1.0 to 1.2 and floodsub. Thread-safe. Dispose it before the network it runs on.
/// </summary>
/// <remarks>Spec: gossipsub v1.2; Peer exchange (PX) and the topic terms of the score are left out.</remarks>
public sealed class GossipNetwork : IAsyncDisposable
{
    private readonly IPeerNetwork _network;
    private readonly PubSubOptions _options;
    private readonly PubSubLoop _loop;
    private readonly PubSubMetrics _metrics;
    private ulong _sequence;
    private long _token;

    private GossipNetwork(IPeerNetwork network, PubSubOptions options, TransportRuntime runtime)
    {
        _network = network;
        _options = options;
        // The clock, so that numbers rise over restarts too: some peers refuse an author whose numbers fall.
        _sequence = unchecked((ulong)(runtime.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        _loop = new PubSubLoop(network, options, runtime);
        _metrics = new PubSubMetrics(options.Meters, _loop.Counters);
    }

    /// <summary>Ends when pub/sub has ended; faulted if by a defect of its own.</summary>
    public Task Completion => _loop.Completion;

    /// <summary>Starts pub/sub on a network: registers its protocols and speaks to every peer that has them.</summary>
    /// <param name="network">Connections; not owned.</param>
    /// <param name="options">Parameters and limits.</param>
    /// <param name="runtime">Clock, spawner, chance, logger.</param>
    public static GossipNetwork Start(IPeerNetwork network, PubSubOptions options, TransportRuntime runtime) =>
        new(network, options, runtime);

    /// <summary>Subscribes to a topic.</summary>
    /// <param name="topic">Which.</param>
    /// <param name="options">How it works; see <see cref="TopicOptions.ContentAddressed"/>.</param>
    /// <param name="cancellationToken">Gives up waiting; the subscription may still have been made.</param>
    /// <returns>The subscription; dispose it to unsubscribe.</returns>
    /// <exception cref="ArgumentException">No topic, or no signing policy.</exception>
    /// <exception cref="InvalidOperationException">The topic is subscribed to already: share that subscription.</exception>
    public async Task<GossipTopic> SubscribeAsync(TopicId topic, TopicOptions options, CancellationToken cancellationToken = default)
    {
        Check(topic, options);
        GossipTopic subscription = new(this, topic, options);
        try
        {
            return await _loop.SubscribeAsync(subscription, cancellationToken)
                ? subscription
                : throw new InvalidOperationException("The topic is subscribed to already: share that subscription.");
        }
        catch (OperationCanceledException)
        {
            await subscription.DisposeAsync(); // it is made all the same, and nobody would have it
            throw;
        }
    }

    /// <summary>Publishes, also to a topic that we are not subscribed to (fan-out).</summary>
    /// <param name="topic">Which.</param>
    /// <param name="options">How it works; a standing subscription's options win.</param>
    /// <param name="data">The payload; copied.</param>
    /// <param name="cancellationToken">As in <see cref="GossipTopic.PublishAsync"/>.</param>
    /// <returns>As <see cref="GossipTopic.PublishAsync"/>.</returns>
    /// <exception cref="ArgumentException">No topic, no signing policy, or a message that is too long.</exception>
    /// <exception cref="ObjectDisposedException">Disposed.</exception>
    public async Task<int> PublishAsync(
        TopicId topic, TopicOptions options, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        Check(topic, options);
        using Activity? activity = PubSubTraces.Source.StartActivity(PubSubTraces.Publish, ActivityKind.Producer);
        activity?.SetTag("messaging.system", "p2p_gossipsub").SetTag("messaging.operation.name", "publish");
        WireMessage message = options.Signing == SigningPolicy.StrictSign
            ? MessageSignature.Sign(topic, data.Span, Interlocked.Increment(ref _sequence), _network.Identity)
            : MessageSignature.Unsigned(topic, data.Span);
        if (message.Frame.Length > _options.RpcSentBytesMax)
        {
            throw new ArgumentException(
                $"The message is {message.Frame.Length} bytes with its envelope; {nameof(PubSubOptions.RpcSentBytesMax)} is {_options.RpcSentBytesMax}.",
                nameof(data));
        }

        long token = Interlocked.Increment(ref _token);
        PublishTicket ticket = new();
        await _loop.PublishAsync(RouterInput.Publish(topic, TopicRules.Of(options), message, token), ticket);
        try
        {
            await Task.WhenAny(ticket.Sent.EndAsync(CancellationToken.None), _loop.Completion).OrCanceledAsync(cancellationToken);
        }
        catch (OperationCanceledException given)
        {
            activity.Failed(given);
            await _loop.CancelPublishAsync(topic, token);
            throw;
        }

        ObjectDisposedException.ThrowIf(!ticket.Sent.IsCompletedSuccessfully, this);
        int accepted = ticket.Accepted + await WaitForRoomAsync(ticket, message, cancellationToken);
        activity?.SetTag("p2p.pubsub.peers", accepted);
        return accepted;
    }

    /// <summary>All topics with their peers.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ObjectDisposedException">Disposed.</exception>
    public Task<IReadOnlyList<GossipTopicStatus>> GetStatusAsync(CancellationToken cancellationToken = default) =>
        _loop.AskAsync<IReadOnlyList<GossipTopicStatus>>(
            static router => [.. router.State.Topics.Values.Select(static topic => new GossipTopicStatus(
                topic.Id,
                topic.Joined,
                [.. topic.Subscribers.Select(static peer => peer.Id)],
                [.. topic.Mesh.Select(static peer => peer.Id)]))],
            cancellationToken);

    /// <summary>The score of a connected peer, 0 or negative; null when it is not connected.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ObjectDisposedException">Disposed.</exception>
    public Task<double?> GetScoreAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        _loop.AskAsync<double?>(
            router => router.State.Peers.TryGetValue(peer, out PeerState? found) ? router.State.Scores.Of(found) : null,
            cancellationToken);

    /// <summary>How often something was refused for a reason, since the start.</summary>
    /// <param name="reason">Which.</param>
    public long Refused(GossipRefusal reason) => _loop.Counters[reason];

    /// <summary>Unregisters the protocols, ends all topics, closes the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _metrics.Dispose();
    }

    internal async Task UnsubscribeAsync(GossipTopic topic)
    {
        try
        {
            await _loop.UnsubscribeAsync(topic, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // The network went first and took the subscription with it.
        }
    }

    internal void CountDropped() => _loop.Counters.Refuse(GossipRefusal.DeliveryDropped);

    private static void Check(TopicId topic, TopicOptions options)
    {
        if (topic.IsNone)
        {
            throw new ArgumentException("No topic.", nameof(topic));
        }

        if (options.Signing == SigningPolicy.None)
        {
            throw new ArgumentException("No signing policy.", nameof(options));
        }
    }

    private async Task<int> WaitForRoomAsync(PublishTicket ticket, WireMessage message, CancellationToken cancellationToken)
    {
        int sent = 0;
        foreach (PeerLink link in ticket.Full)
        {
            if (await link.Queue.AddOwnAsync(message.Frame, cancellationToken))
            {
                sent++;
            }
            else
            {
                _loop.Counters.Refuse(GossipRefusal.PublishDropped);
            }
        }

        return sent;
    }
}
