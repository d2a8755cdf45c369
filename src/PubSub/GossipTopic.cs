using System.Buffers.Binary;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Routing;

namespace P2P.PubSub;

/// <summary>A subscription. Thread-safe. Disposing unsubscribes.</summary>
public sealed class GossipTopic : IAsyncDisposable
{
    private const int PeerChangesMax = 1_024;

    private readonly GossipNetwork _network;
    private readonly Channel<GossipMessage> _messages;
    private readonly Channel<TopicPeerChange> _changes;
    private readonly HashSet<PeerId> _members = [];
    private PeerId[] _peers = [];
    private TaskCompletionSource _peersChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _completed;
    private long _dropped;

    internal GossipTopic(GossipNetwork network, TopicId id, TopicOptions options)
    {
        _network = network;
        Id = id;
        Options = options;
        Rules = TopicRules.Of(options);
        _messages = Channel.CreateBounded<GossipMessage>(
            new BoundedChannelOptions(options.QueueCapacity) { FullMode = BoundedChannelFullMode.DropOldest }, _ => OnDropped());
        _changes = Channel.CreateBounded<TopicPeerChange>(
            new BoundedChannelOptions(PeerChangesMax) { FullMode = BoundedChannelFullMode.DropOldest });
    }

    /// <summary>The topic.</summary>
    public TopicId Id { get; }

    /// <summary>How it works.</summary>
    public TopicOptions Options { get; }

    /// <summary>Connected peers subscribed to the topic at this moment.</summary>
    public IReadOnlyList<PeerId> Peers => Volatile.Read(ref _peers);

    /// <summary>Messages dropped because nobody read them in time.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    internal TopicRules Rules { get; }

    /// <summary>Publishes to the topic; own messages are not delivered to ourselves.</summary>
    /// <param name="data">The payload; copied. Together with its envelope at most <see cref="PubSubOptions.RpcSentBytesMax"/>.</param>
    /// <param name="cancellationToken">
    /// Cancelling a publish that waits for a first subscriber takes it back; one that waits for room in queues has reached the other peers.
    /// </param>
    /// <returns>
    /// Peers the message was queued to: 0 when nobody is subscribed, or when a message of this id was seen in the last
    /// <see cref="PubSubOptions.SeenTtl"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The message is too long to be sent.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed.</exception>
    public Task<int> PublishAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _network.PublishAsync(Id, Options, data, cancellationToken);

    /// <summary>
    /// Messages of others, in the order in which they passed validation, until the topic or the network is disposed. A reader that falls
    /// <see cref="TopicOptions.QueueCapacity"/> behind loses the oldest, counted by <see cref="Dropped"/>. Several readers share one queue.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<GossipMessage> ReadAllAsync(CancellationToken cancellationToken = default) =>
        _messages.Reader.EachAsync(cancellationToken);

    /// <summary>
    /// Peers that join and leave, beginning with those subscribed when we subscribed. A reader that falls 1,024 behind loses the oldest
    /// and should look at <see cref="Peers"/>. Several readers share one queue.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<TopicPeerChange> PeerChangesAsync(CancellationToken cancellationToken = default) =>
        _changes.Reader.EachAsync(cancellationToken);

    /// <summary>Waits until at least so many peers are subscribed.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ObjectDisposedException">The topic or network was disposed meanwhile.</exception>
    public async Task WaitForPeersAsync(int count, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Taken before looking, or a change in between would be missed.
            Task changed = Volatile.Read(ref _peersChanged).Task;
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _completed), this);
            if (Peers.Count >= count)
            {
                return;
            }

            await changed.OrCanceledAsync(cancellationToken);
        }
    }

    /// <summary>Unsubscribes and ends the streams.</summary>
    public async ValueTask DisposeAsync()
    {
        await _network.UnsubscribeAsync(this);
        Complete(null);
    }

    internal static GossipMessage ToMessage(in RouterEffect effect)
    {
        Messages.WireMessage wire = effect.Message!;
        PeerId.TryRead(wire.From, out PeerId from);
        ulong sequence = wire.Sequence.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(wire.Sequence) : 0;
        return new GossipMessage(effect.Topic, effect.Id, effect.Peer, from, sequence, wire.Data);
    }

    /// <summary>Called by the loop.</summary>
    internal void Deliver(GossipMessage message) => _messages.Writer.TryWrite(message);

    /// <summary>Called by the loop.</summary>
    internal void Change(PeerId peer, bool joined)
    {
        if (joined ? !_members.Add(peer) : !_members.Remove(peer))
        {
            return;
        }

        Volatile.Write(ref _peers, [.. _members]);
        _changes.Writer.TryWrite(new TopicPeerChange(peer, joined));
        TaskCompletionSource before = _peersChanged;
        Volatile.Write(ref _peersChanged, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        before.TrySetResult();
    }

    internal void Complete(Exception? fault)
    {
        _messages.Writer.TryComplete(fault);
        _changes.Writer.TryComplete(fault);
        Volatile.Write(ref _peers, []);
        Volatile.Write(ref _completed, true);
        Volatile.Read(ref _peersChanged).TrySetResult();
    }

    private void OnDropped()
    {
        Interlocked.Increment(ref _dropped);
        _network.CountDropped();
    }
}
