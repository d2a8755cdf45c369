using System.Buffers;
using System.Threading.Channels;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.PubSub;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.Testing.Simulation;

/// <summary>The real gossipsub router of one node with the real wire codec, over simulated messages instead of streams.</summary>
internal sealed class SimulatedGossip : IBroadcaster
{
    private static readonly PubSubOptions s_options = new();

    private readonly NodeRun _run;
    private readonly Action<PeerId, byte[]> _send;
    private readonly Cid _document;
    private readonly TopicId _topic;
    private readonly TopicRules _rules;
    private readonly GossipRouter _router;
    private readonly RpcWriter _writer = new(s_options);
    private readonly ITimer _heartbeat;
    private readonly Channel<BroadcastMessage> _heard;

    private long _token;

    public SimulatedGossip(NodeRun run, PeerId self, Cid document, Action<PeerId, byte[]> send)
    {
        _run = run;
        _send = send;
        _document = document;
        _topic = GossipPayload.TopicOf(document);
        _heard = Channel.CreateBounded<BroadcastMessage>(
            new BoundedChannelOptions(run.Options.GossipQueue) { FullMode = BoundedChannelFullMode.DropWrite });
        TopicOptions options = TopicOptions.ContentAddressed;
        _rules = new TopicRules(options.Signing, options.MessageId, Validates: true, WaitsAlone: false);
        _router = new GossipRouter(self, s_options, run.World.Chance);
        Step(RouterInput.Subscribe(_topic, _rules));
        _heartbeat = run.Time.CreateTimer(_ => Step(RouterInput.Heartbeat), null, s_options.HeartbeatInterval, s_options.HeartbeatInterval);
    }

    /// <summary>Called when a peer that follows the document comes.</summary>
    public Action<PeerId> Joined { get; set; } = static _ => { };

    public GossipRouter Router => _router;

    public void PeerUp(PeerId peer, bool outbound) => Step(RouterInput.PeerUp(peer, PeerProtocol.Meshsub12, outbound));

    public void PeerDown(PeerId peer) => Step(RouterInput.PeerDown(peer));

    public void Receive(PeerId peer, byte[] frame)
    {
        Rpc rpc = new();
        if (ProtoReader.TryReadDelimited(frame, s_options.RpcBytesMax, out ReadOnlySpan<byte> body, out _) != OperationStatus.Done
            || !RpcCodec.TryDecode(body, s_options, out rpc))
        {
            rpc = new Rpc();
            rpc.Refusals.Add(GossipRefusal.Malformed);
        }

        Step(RouterInput.Received(peer, rpc));
    }

    public ValueTask BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Step(RouterInput.Publish(_topic, _rules, MessageSignature.Unsigned(_topic, payload.Span), ++_token));
        return ValueTask.CompletedTask;
    }

    public IAsyncEnumerable<BroadcastMessage> ReadAllAsync(CancellationToken cancellationToken) => _heard.Reader.EachAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _heard.Writer.TryComplete();
        return _heartbeat.DisposeAsync();
    }

    private void Step(in RouterInput input)
    {
        List<RouterEffect> effects = [];
        _router.Step(input, _run.World.Clock.Now, effects);
        foreach (RouterEffect effect in effects)
        {
            Perform(effect);
        }
    }

    private void Perform(in RouterEffect effect)
    {
        switch (effect.Kind)
        {
            case RouterEffectKind.SendRpc:
                List<byte[]> frames = [];
                _writer.Write(effect.Rpc!, frames);
                PeerId peer = effect.Peer;
                frames.ForEach(frame => _send(peer, frame));
                break;
            case RouterEffectKind.SendOwn or RouterEffectKind.Forward or RouterEffectKind.SendWanted:
                _send(effect.Peer, effect.Message!.Frame.ToArray());
                break;
            case RouterEffectKind.Validate:
                Validate(effect);
                break;
            case RouterEffectKind.PeerJoined:
                Joined(effect.Peer);
                break;
            default:
                break;
        }
    }

    // As the node's broadcaster does: announcements go one hop, events as far as they are valid.
    private void Validate(in RouterEffect effect)
    {
        ReadOnlyMemory<byte> payload = effect.Message!.Data;
        GossipAdvice advice = GossipPayload.Validate(payload, _document);
        if (advice is GossipAdvice.Accept or GossipAdvice.Ignore)
        {
            _heard.Writer.TryWrite(new BroadcastMessage(effect.Peer, payload, SignatureVerified: advice == GossipAdvice.Accept));
        }

        ValidationResult result = advice switch
        {
            GossipAdvice.Accept => ValidationResult.Accept,
            GossipAdvice.Reject => ValidationResult.Reject,
            _ => ValidationResult.Ignore,
        };
        Step(RouterInput.Validated(_topic, effect.Id, result));
    }
}
