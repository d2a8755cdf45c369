using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Wire;

namespace P2P.Dht.Tests.Simulation;

/// <summary>
/// Many engines, one virtual clock, one seed: messages are encoded, delayed and decoded; the dead are silent until the request times out.
/// </summary>
internal sealed class SimNetwork(ulong seed, KadOptions options)
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private readonly Dictionary<PeerId, SimNode> _byId = [];
    private readonly Dictionary<(PeerId, long), Action<KadMessage?>> _replies = [];
    private readonly Dictionary<(PeerId, long), SimResult> _results = [];
    private long _order;
    private long _lastId;

    public SeededChance Chance { get; } = new(seed);

    public TimeSpan Now { get; private set; }

    public List<SimNode> Nodes { get; } = [];

    /// <summary>One-way delay of a message.</summary>
    public (TimeSpan Min, TimeSpan Max) Delay { get; init; } = (TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(40));

    public PeerId NewId()
    {
        Span<byte> id = stackalloc byte[34];
        id[0] = 0x12;
        id[1] = 0x20;
        Chance.Fill(id[2..]);
        return PeerId.TryRead(id, out PeerId peer) ? peer : throw new InvalidOperationException();
    }

    public SimNode Add(PeerId id = default)
    {
        int n = Nodes.Count + 1;
        SimNode node = new(id.IsNone ? NewId() : id, Multiaddr.Parse($"/ip4/10.{n >> 16}.{(n >> 8) & 255}.{n & 255}/tcp/4001"), options, Chance.NextUInt64());
        Nodes.Add(node);
        _byId.Add(node.Id, node);
        return node;
    }

    /// <summary>Adds honest nodes, each of which knows up to three earlier ones, and lets them find each other.</summary>
    public void Grow(int count)
    {
        for (int i = 0; i < count; i++)
        {
            SimNode node = Add();
            for (int j = 0; j < Math.Min(3, Nodes.Count - 1); j++)
            {
                Connect(node, Nodes[Chance.Below(Nodes.Count - 1)]);
            }

            Run(TimeSpan.FromMilliseconds(200));
        }

        Run(TimeSpan.FromSeconds(30));
    }

    public void Connect(SimNode a, SimNode b)
    {
        if (a != b && a.Alive && b.Alive && a.Peers.Connected.Add(b.Id))
        {
            b.Peers.Connected.Add(a.Id);
            a.Peers.Heard[b.Id] = [b.Address];
            b.Peers.Heard[a.Id] = [a.Address];
            Step(a, new KadInput(KadInputKind.PeerServes) { Peer = b.Id });
            Step(b, new KadInput(KadInputKind.PeerServes) { Peer = a.Id });
        }
    }

    /// <summary>The connection of two nodes ends; both live on.</summary>
    public void Cut(SimNode a, SimNode b)
    {
        a.Peers.Connected.Remove(b.Id);
        b.Peers.Connected.Remove(a.Id);
        Step(a, new KadInput(KadInputKind.PeerGone) { Peer = b.Id });
        Step(b, new KadInput(KadInputKind.PeerGone) { Peer = a.Id });
    }

    /// <summary>The node falls silent; its peers notice that the connection ended.</summary>
    public void Kill(SimNode node)
    {
        node.Alive = false;
        foreach (SimNode other in Nodes)
        {
            if (other.Peers.Connected.Remove(node.Id))
            {
                Step(other, new KadInput(KadInputKind.PeerGone) { Peer = node.Id });
            }
        }

        node.Peers.Connected.Clear();
    }

    public SimResult Start(SimNode node, KadCommand command)
    {
        SimResult result = new(Now);
        long id = ++_lastId;
        _results.Add((node.Id, id), result);
        Step(node, new KadInput(KadInputKind.Start) { Id = id, Command = command });
        return result;
    }

    public SimResult RunToEnd(SimNode node, KadCommand command)
    {
        SimResult result = Start(node, command);
        while (result.Outcome is null && RunNext(TimeSpan.MaxValue))
        {
        }

        return result;
    }

    public void Run(TimeSpan time)
    {
        TimeSpan until = Now + time;
        while (RunNext(until))
        {
        }

        Now = until;
    }

    private bool RunNext(TimeSpan until)
    {
        if (!_events.TryPeek(out _, out (TimeSpan At, long Order) next) || next.At > until)
        {
            return false;
        }

        Now = next.At;
        _events.Dequeue()();
        return true;
    }

    private void At(TimeSpan time, Action action) => _events.Enqueue(action, (time, _order++));

    private void Later(Action action) => At(Now + Chance.Between(Delay.Min, Delay.Max), action);

    public void Step(SimNode node, in KadInput input)
    {
        if (!node.Alive)
        {
            return;
        }

        List<KadEffect> effects = [];
        node.Engine.Step(input, Now, effects);
        foreach (KadEffect effect in effects)
        {
            Perform(node, effect);
        }

        TimeSpan due = node.Engine.NextDue();
        due = due < Now ? Now : due;
        if (due < node.TickAt)
        {
            node.TickAt = due;
            At(due, () => Tick(node, due));
        }
    }

    private void Tick(SimNode node, TimeSpan planned)
    {
        if (node.TickAt == planned)
        {
            node.TickAt = TimeSpan.MaxValue;
            Step(node, new KadInput(KadInputKind.Tick));
        }
    }

    private void Perform(SimNode node, KadEffect effect)
    {
        switch (effect.Kind)
        {
            case KadEffectKind.Send:
                node.RequestsSent++;
                Deliver(node, effect);
                break;
            case KadEffectKind.Reply:
                if (_replies.Remove((node.Id, effect.Id), out Action<KadMessage?>? reply))
                {
                    reply(effect.Answer.Message);
                }

                break;
            case KadEffectKind.Learn:
                node.Peers.Heard.TryAdd(effect.Peer, effect.Info!.Addresses);
                break;
            case KadEffectKind.Provider when _results.TryGetValue((node.Id, effect.Id), out SimResult? finding):
                finding.FirstAfter ??= Now - finding.StartedAt;
                finding.Providers.Add(effect.Info!.Peer);
                break;
            case KadEffectKind.Done when _results.Remove((node.Id, effect.Id), out SimResult? done):
                done.Outcome = effect.Outcome;
                done.After = Now - done.StartedAt;
                break;
            default:
                break;
        }
    }

    private void Deliver(SimNode from, KadEffect send)
    {
        if (!_byId.TryGetValue(send.Peer, out SimNode? to) || !to.Alive || from.Peers.AddressesOf(send.Peer).Count == 0)
        {
            At(Now + options.RequestTimeout, () => Step(from, Failure(send, KadFailure.Timeout)));
            return;
        }

        Later(() =>
        {
            if (!to.Alive || !from.Alive)
            {
                At(Now + options.RequestTimeout, () => Step(from, Failure(send, KadFailure.Timeout)));
                return;
            }

            Connect(from, to);
            foreach (KadMessage message in send.Messages!)
            {
                Serve(from, to, Reread(message), send);
            }

            if (!send.ExpectsAnswer)
            {
                Later(() => Step(from, new KadInput(KadInputKind.Answered) { Id = send.Id, Peer = send.Peer }));
            }
        });
    }

    private void Serve(SimNode from, SimNode to, KadMessage message, KadEffect send)
    {
        to.RequestsServed++;
        void Back(KadMessage? answer)
        {
            if (send.ExpectsAnswer)
            {
                KadMessage? read = answer is null ? null : Reread(answer);
                Later(() => Step(from, read is null ? Failure(send, KadFailure.Reset)
                    : new KadInput(KadInputKind.Answered) { Id = send.Id, Peer = send.Peer, Message = read }));
            }
        }

        if (to.Lie is not null)
        {
            Back(to.Lie(from.Id, message));
            return;
        }

        long id = ++_lastId;
        _replies.Add((to.Id, id), Back);
        Step(to, new KadInput(KadInputKind.Request) { Id = id, Peer = from.Id, Message = message });
    }

    private static KadInput Failure(KadEffect send, KadFailure failure) =>
        new(KadInputKind.Failed) { Id = send.Id, Peer = send.Peer, Failure = failure };

    // Everything passes through the codec, with the limits of the wire.
    private KadMessage Reread(KadMessage message)
    {
        byte[] bytes = KadWire.Write(message, options.AnswerBytesMax);
        Assert.Equal(System.Buffers.OperationStatus.Done, Core.Encoding.ProtoReader.TryReadDelimited(bytes, options.AnswerBytesMax, out ReadOnlySpan<byte> body, out int consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(body, options.ValueBytesMax, out KadMessage? read));
        return read!;
    }
}
