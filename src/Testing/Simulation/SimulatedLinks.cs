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
        _world.Trace.Add((ulong)_world.Clock.Now.Ticks);
        _world.Trace.Add((ulong)kind);
        _world.Trace.Add(bytes);
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

    private TimeSpan Delay() => _world.Chance.Between(Options.DelayMin, Options.DelayMax);

    private bool IsCut(IEndpoint one, IEndpoint other) => _apart.Contains(one) != _apart.Contains(other);

    private void BreakIfCut(IEndpoint one, IEndpoint other)
    {
        if (IsCut(one, other))
        {
            one.Disconnect(other.Id);
            other.Disconnect(one.Id);
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
