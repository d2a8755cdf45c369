using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Node.Peers;
using P2P.PubSub;

namespace P2P.Node.Adapters;

/// <summary>
/// The replica's broadcaster on gossipsub: topic <c>/p2p/doc/1/…</c>, unsigned content-addressed payloads. What the validator accepts or only
/// listens to (announcements are one hop) reaches the replica; a full queue drops, because sync repairs.
/// </summary>
/// <remarks>Spec: replica, section 11.</remarks>
internal sealed class GossipBroadcaster : IBroadcaster
{
    private readonly Cid _document;
    private readonly Channel<BroadcastMessage> _heard;
    private readonly PeerPenalties _penalties;
    private GossipTopic? _topic;

    private GossipBroadcaster(Cid document, PeerPenalties penalties, int queueMax)
    {
        _document = document;
        _penalties = penalties;
        _heard = Channel.CreateBounded<BroadcastMessage>(
            new BoundedChannelOptions(queueMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    }

    /// <summary>Peers that follow the document.</summary>
    public IReadOnlyList<PeerId> Peers => _topic?.Peers ?? [];

    /// <summary>Peers that begin or cease to follow the document, the present ones first.</summary>
    public IAsyncEnumerable<TopicPeerChange> PeerChangesAsync(CancellationToken cancellationToken) => _topic!.PeerChangesAsync(cancellationToken);

    public static async Task<GossipBroadcaster> OpenAsync(NodeServices services, Cid document, CancellationToken cancellationToken)
    {
        GossipBroadcaster broadcaster = new(document, services.Penalties, services.Options.Limits.BroadcastQueue);
        TopicOptions options = TopicOptions.ContentAddressed with { Validator = broadcaster.ValidateAsync };
        broadcaster._topic = await services.Gossip.SubscribeAsync(GossipPayload.TopicOf(document), options, cancellationToken);
        return broadcaster;
    }

    public async ValueTask BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (_topic is GossipTopic topic)
        {
            await topic.PublishAsync(payload, cancellationToken);
        }
    }

    public IAsyncEnumerable<BroadcastMessage> ReadAllAsync(CancellationToken cancellationToken) => _heard.Reader.EachAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_heard.Writer.TryComplete() && _topic is GossipTopic topic)
        {
            await topic.DisposeAsync();
        }
    }

    private ValueTask<ValidationVerdict> ValidateAsync(PeerId source, GossipMessage message, CancellationToken cancellationToken)
    {
        GossipAdvice advice = GossipPayload.Validate(message.Data, _document);
        if (advice is GossipAdvice.Accept or GossipAdvice.Ignore)
        {
            _heard.Writer.TryWrite(new BroadcastMessage(source, message.Data, SignatureVerified: advice == GossipAdvice.Accept));
        }

        if (advice == GossipAdvice.Reject)
        {
            _penalties.Note(source, PeerFault.BadBlock); // it should not have forwarded what it could judge itself
        }

        return ValueTask.FromResult(advice switch
        {
            GossipAdvice.Accept => ValidationVerdict.Accept,
            GossipAdvice.Reject => ValidationVerdict.Reject,
            _ => ValidationVerdict.Ignore,
        });
    }
}
