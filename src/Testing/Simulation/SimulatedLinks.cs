using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>Who is connected to whom, and what becomes of a message on its way: delay, loss, duplication, cuts.</summary>
internal sealed class SimulatedLinks
{
    private static readonly TimeSpan s_redial = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_noticeMax = TimeSpan.FromSeconds(1);
    private static readonly (TimeSpan Min, TimeSpan Max) s_breaks = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));

    private readonly SimulationWorld _world;
    private readonly List<IEndpoint> _endpoints = [];
    private readonly Dictionary<PeerId, IEndpoint> _byId = [];
    private readonly HashSet<IEndpoint> _apart = [];
    private readonly List<(IEndpoint From, IEndpoint To, SimulatedStream Stream)> _streams = [];

    public SimulatedLinks(SimulationWorld world, SimulationOptions options)
    {
        _world = world;
        Options = options;
        _world.Clock.Schedule(s_redial, Redial);
    }

    public SimulationOptions Options { get; set; }

    /// <summary>Messages handed to links.</summary>
    public long MessagesSent { get; private set; }

    public void Add(IEndpoint endpoint)
    {
        _endpoints.Add(endpoint);
        _byId.Add(endpoint.Id, endpoint);
    }

    /// <summary>Cuts these off from all others; connections across the cut break some seconds later.</summary>
    public void Partition(IEnumerable<IEndpoint> apart)
    {
        _apart.Clear();
        _apart.UnionWith(apart);
        foreach (IEndpoint endpoint in _endpoints)
        {
            foreach (PeerId peer in endpoint.Neighbours.ToArray())
            {
                IEndpoint other = _byId[peer];
                _world.Clock.Schedule(_world.Chance.Between(s_breaks.Min, s_breaks.Max), () => BreakIfCut(endpoint, other));
            }
        }
    }

    public void Heal()
    {
        _apart.Clear();
        foreach (IEndpoint endpoint in _endpoints.Where(static e => e.IsRunning))
        {
            ConnectSome(endpoint);
        }
    }

    /// <summary>Connects to some of those that run.</summary>
    public void ConnectSome(IEndpoint endpoint)
    {
        IEndpoint[] others = [.. _endpoints.Where(e => e != endpoint && e.IsRunning && !IsCut(e, endpoint))];
        _world.Chance.Shuffle<IEndpoint>(others);
        foreach (IEndpoint other in others.Take(Options.Degree))
        {
            _world.Clock.Schedule(Delay(), () =>
            {
                if (endpoint.IsRunning && other.IsRunning && !IsCut(endpoint, other))
                {
                    endpoint.Connect(other.Id, outbound: true);
                    other.Connect(endpoint.Id, outbound: false);
                }
            });
        }
    }

    /// <summary>Neighbours of one that died notice it one after the other, unless it is back before.</summary>
    public void Lost(IEndpoint endpoint, Func<bool> isStillDown)
    {
        foreach ((IEndpoint from, IEndpoint to, SimulatedStream stream) in _streams.ToArray())
        {
            if (from == endpoint || to == endpoint)
            {
                At(_world.Chance.Between(TimeSpan.Zero, s_noticeMax), stream.Cut);
                Close(stream);
            }
        }

        foreach (PeerId peer in endpoint.Neighbours.ToArray())
        {
            IEndpoint other = _byId[peer];
            _world.Clock.Schedule(_world.Chance.Between(TimeSpan.Zero, s_noticeMax), () =>
            {
                if (isStillDown())
                {
                    other.Disconnect(endpoint.Id);
                }
            });
        }
    }

    public void Send(IEndpoint from, PeerId to, MessageKind kind, byte[] bytes)
    {
        MessagesSent++;
        IEndpoint target = _byId[to];
        _world.Trace.Add((ulong)kind);
        Trace(bytes);
        if (IsCut(from, target) || _world.Chance.NextDouble() < Options.Loss)
        {
            return;
        }

        TimeSpan delay = Delay();
        _world.Clock.Schedule(delay, () => target.Receive(from.Id, kind, bytes));
        if (_world.Chance.NextDouble() < Options.Duplication)
        {
            _world.Clock.Schedule(delay * (1 + (9 * _world.Chance.NextDouble())), () => target.Receive(from.Id, kind, bytes));
        }
    }

    /// <summary>Opens a stream; the other side is told after a delay. Across a cut or to somebody who is down it breaks after a while.</summary>
    public SimulatedStream OpenStream(IEndpoint from, PeerId to)
    {
        IEndpoint target = _byId[to];
        (SimulatedStream near, SimulatedStream far) = SimulatedStream.Create(this);
        _streams.Add((from, target, near));
        At(Delay(), () =>
        {
            if (target.IsRunning && !IsCut(from, target) && target.Neighbours.Contains(from.Id))
            {
                target.Accept(from.Id, far);
            }
            else
            {
                At(s_breaks.Min, near.Cut);
            }
        });
        return near;
    }

    /// <summary>A stream is over.</summary>
    public void Close(SimulatedStream stream) => _streams.RemoveAll(s => s.Stream == stream);

    /// <summary>Whether a stream breaks now: a lossy network costs streams, not bytes.</summary>
    public bool Breaks() => _world.Chance.NextDouble() < Options.Loss / 4;

    /// <summary>Something was sent: part of the trace.</summary>
    public void Trace(ReadOnlySpan<byte> bytes)
    {
        _world.Trace.Add((ulong)_world.Clock.Now.Ticks);
        _world.Trace.Add(bytes);
    }

    /// <summary>Virtual time.</summary>
    public TimeSpan Now => _world.Clock.Now;

    /// <summary>Lets something happen later.</summary>
    public void At(TimeSpan delay, Action run) => _world.Clock.Schedule(delay, run);

    /// <summary>A random one-way delay.</summary>
    public TimeSpan Delay() => _world.Chance.Between(Options.DelayMin, Options.DelayMax);

    private bool IsCut(IEndpoint one, IEndpoint other) => _apart.Contains(one) != _apart.Contains(other);

    private void BreakIfCut(IEndpoint one, IEndpoint other)
    {
        if (IsCut(one, other))
        {
            one.Disconnect(other.Id);
            other.Disconnect(one.Id);
            foreach ((_, _, SimulatedStream stream) in _streams.Where(s => (s.From == one && s.To == other) || (s.From == other && s.To == one)).ToArray())
            {
                stream.Cut();
                Close(stream);
            }
        }
    }

    // Peers die: whoever has lost half of its neighbours looks for others, as discovery would.
    private void Redial()
    {
        foreach (IEndpoint endpoint in _endpoints.Where(e => e.IsRunning && 2 * e.Neighbours.Count < Math.Min(Options.Degree, _endpoints.Count - 1)))
        {
            ConnectSome(endpoint);
        }

        _world.Clock.Schedule(s_redial, Redial);
    }
}
