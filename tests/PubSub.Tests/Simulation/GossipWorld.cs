using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Tests.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Simulation;

/// <summary>
/// Routers over a message network with delay and loss, in virtual time, repeatable from one seed. Every RPC goes through its bytes.
/// </summary>
internal sealed class GossipWorld
{
    private readonly SeededChance _chance;
    private readonly PubSubOptions _options;
    private readonly PriorityQueue<(int Node, RouterInput Input), (TimeSpan At, long Order)> _events = new();
    private readonly List<GossipRouter> _routers = [];
    private readonly Dictionary<PeerId, int> _numbers = [];
    private readonly List<HashSet<MessageId>> _delivered = [];
    private readonly List<RouterEffect> _effects = [];
    private readonly RpcWriter _writer;
    private readonly HashSet<int> _down = [];
    private long _order;

    public GossipWorld(int nodes, ulong seed, PubSubOptions? options = null)
    {
        _chance = new SeededChance(seed);
        _options = options ?? new PubSubOptions();
        _writer = new RpcWriter(_options);
        for (int i = 0; i < nodes; i++)
        {
            _routers.Add(new GossipRouter(RouterBench.Peer(i), _options, new SeededChance(_chance.NextUInt64())));
            _numbers.Add(RouterBench.Peer(i), i);
            _delivered.Add([]);
            Post(i, RouterInput.Subscribe(RouterBench.Topic, RouterBench.Rules), TimeSpan.Zero);
            // Heartbeats of different nodes do not beat together.
            Post(i, RouterInput.Heartbeat, _options.HeartbeatInterval * _chance.NextDouble());
        }
    }

    public TimeSpan Now { get; private set; }

    /// <summary>Chance of losing an RPC that is not a subscription.</summary>
    public double Loss { get; set; }

    public TimeSpan DelayMin { get; set; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan DelayMax { get; set; } = TimeSpan.FromMilliseconds(100);

    public long Events { get; private set; }

    /// <summary>Messages that arrived, duplicates included.</summary>
    public long Arrivals => _routers.Sum(router => router.Counters.Received);

    /// <summary>Checked after every event of a node.</summary>
    public Action<int, GossipRouter>? Invariant { get; set; }

    public IReadOnlyList<GossipRouter> Routers => _routers;

    public void Connect(int a, int b)
    {
        Post(a, RouterInput.PeerUp(RouterBench.Peer(b), PeerProtocol.Meshsub12, outbound: true), TimeSpan.Zero);
        Post(b, RouterInput.PeerUp(RouterBench.Peer(a), PeerProtocol.Meshsub12, outbound: false), TimeSpan.Zero);
    }

    /// <summary>Connects every node to <paramref name="degree"/> others.</summary>
    public void ConnectRandomly(int degree)
    {
        HashSet<(int A, int B)> links = [];
        for (int i = 0; i < _routers.Count; i++)
        {
            for (int made = 0; made < degree;)
            {
                int other = _chance.Below(_routers.Count);
                if (other != i && links.Add((Math.Min(i, other), Math.Max(i, other))))
                {
                    Connect(i, other);
                    made++;
                }
            }
        }
    }

    public void Stop(int node)
    {
        _down.Add(node);
        for (int i = 0; i < _routers.Count; i++)
        {
            Post(i, RouterInput.PeerDown(RouterBench.Peer(node)), DelayMax);
        }
    }

    public MessageId Publish(int node, string text)
    {
        WireMessage message = RouterBench.Message(text);
        Post(node, RouterInput.Publish(RouterBench.Topic, RouterBench.Rules, message, token: 1), TimeSpan.Zero);
        _delivered[node].Add(RouterBench.IdOf(message));
        return RouterBench.IdOf(message);
    }

    public int Reached(MessageId id) => _delivered.Count(ids => ids.Contains(id));

    public void Run(TimeSpan time)
    {
        TimeSpan until = Now + time;
        while (_events.TryPeek(out _, out (TimeSpan At, long Order) next) && next.At <= until)
        {
            (int node, RouterInput input) = _events.Dequeue();
            Now = next.At;
            if (!_down.Contains(node))
            {
                Step(node, input);
            }
        }

        Now = until;
    }

    private void Step(int node, in RouterInput input)
    {
        Events++;
        _effects.Clear();
        _routers[node].Step(input, Now, _effects);
        Invariant?.Invoke(node, _routers[node]);
        foreach (RouterEffect effect in _effects)
        {
            Perform(node, effect);
        }

        if (input.Kind == RouterInputKind.Heartbeat)
        {
            Post(node, RouterInput.Heartbeat, _options.HeartbeatInterval);
        }
    }

    private void Perform(int node, in RouterEffect effect)
    {
        switch (effect.Kind)
        {
            case RouterEffectKind.SendRpc:
                List<byte[]> frames = [];
                _writer.Write(effect.Rpc!, frames);
                foreach (byte[] frame in frames)
                {
                    Send(node, effect.Peer, frame, lossless: effect.Rpc!.Subscriptions.Count > 0);
                }

                break;
            case RouterEffectKind.SendOwn or RouterEffectKind.Forward or RouterEffectKind.SendWanted:
                Send(node, effect.Peer, effect.Message!.Frame.Span, lossless: false);
                break;
            case RouterEffectKind.Deliver:
                Assert.True(_delivered[node].Add(effect.Id), "A message was delivered twice.");
                break;
            default:
                break;
        }
    }

    private void Send(int from, PeerId to, ReadOnlySpan<byte> frame, bool lossless)
    {
        if (!lossless && _chance.NextDouble() < Loss)
        {
            return;
        }

        ProtoReader.TryReadDelimited(frame, _options.RpcBytesMax, out ReadOnlySpan<byte> body, out _);
        Assert.True(RpcCodec.TryDecode(body, _options, out Rpc rpc));
        Post(_numbers[to], RouterInput.Received(RouterBench.Peer(from), rpc), _chance.Between(DelayMin, DelayMax));
    }

    private void Post(int node, in RouterInput input, TimeSpan delay) => _events.Enqueue((node, input), (Now + delay, _order++));
}
