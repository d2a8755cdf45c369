using System.Globalization;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Testing.Simulation;

/// <summary>
/// Many nodes in one thread under virtual time, with delay, loss, duplication, reordering, partitions, crashes and failing disks. Everything is
/// drawn from the seed: the same seed gives the same <see cref="Trace"/>, in every process. Not thread-safe; every method runs the world on the
/// caller's thread and returns a completed task.
/// </summary>
/// <remarks>Spec: simulation, part A. What runs is the product: replica, gossip router, codecs. Simulated are links, disks, clocks and schedules.</remarks>
public sealed class SimulatedNetwork
{
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(1);

    private readonly SimulationWorld _world;
    private readonly SimulatedLinks _links;
    private readonly List<SimulatedNode> _nodes = [];
    private readonly HashSet<Task> _background = [];

    /// <summary>An empty world.</summary>
    /// <param name="seed">Decides everything that is random.</param>
    /// <param name="options">What the world is like; null for the defaults.</param>
    public SimulatedNetwork(ulong seed, SimulationOptions? options = null)
    {
        _world = new SimulationWorld(seed) { AfterEvent = Observe, Describe = Describe };
        _links = new SimulatedLinks(_world, options ?? new SimulationOptions());
    }

    /// <summary>What the world is like; may be changed between calls (faults on, faults off).</summary>
    public SimulationOptions Options
    {
        get => _links.Options;
        set => _links.Options = value;
    }

    /// <summary>The seed.</summary>
    public ulong Seed => _world.Seed;

    /// <summary>64 bits over everything that happened so far.</summary>
    public ulong Trace => _world.Trace.Value;

    /// <summary>Virtual time since the beginning.</summary>
    public TimeSpan Elapsed => _world.Clock.Now;

    /// <summary>Events that happened.</summary>
    public long EventCount => _world.Clock.Fired;

    /// <summary>Messages handed to links.</summary>
    public long MessagesSent => _links.MessagesSent;

    /// <summary>All nodes, in the order of their start.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Called after every event; throw to end the run with the seed named.</summary>
    public Action<SimulatedNetwork>? Invariants { get; set; }

    /// <summary>The source of chance, for what a test itself draws.</summary>
    public IChance Chance => _world.Chance;

    /// <summary>Adds a node with an empty disk and starts it.</summary>
    /// <param name="name">Its name.</param>
    public async Task<SimulatedNode> StartNodeAsync(string name) =>
        await StartNodeAsync(name, new SimulatedDisk(PrivateKey.Generate(KeyType.Ed25519, _world.Chance), _world.Chance.NextUInt64()));

    /// <summary>Adds a node with a given disk, such as a copy of another's, and starts it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="disk">Its disk.</param>
    public async Task<SimulatedNode> StartNodeAsync(string name, SimulatedDisk disk)
    {
        using PrivateKey identity = PrivateKey.Generate(KeyType.Ed25519, _world.Chance);
        TimeSpan error = _world.Chance.Between(-Options.WallClockError, Options.WallClockError);
        SimulatedNode node = new(this, name, identity.PublicKey.PeerId, disk, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + error);
        _nodes.Add(node);
        _links.Add(node);
        await StartAsync(node);
        return node;
    }

    /// <summary>Cuts these nodes off from all others, not from each other; connections break some seconds later.</summary>
    /// <param name="nodes">One side of the cut.</param>
    public void Partition(params IEnumerable<SimulatedNode> nodes) => _links.Partition(nodes);

    /// <summary>Ends the partition; nodes connect again.</summary>
    public void Heal() => _links.Heal();

    /// <summary>Lets virtual time pass.</summary>
    /// <param name="time">How much.</param>
    public Task RunAsync(TimeSpan time)
    {
        RunWorld(Elapsed + time, static () => false);
        return Task.CompletedTask;
    }

    /// <summary>Runs until all running nodes have the same visible events.</summary>
    /// <param name="limit">Longest virtual time; null means ten minutes.</param>
    /// <exception cref="SimulationException">They do not converge in time.</exception>
    public Task SettleAsync(TimeSpan? limit = null)
    {
        TimeSpan until = Elapsed + (limit ?? TimeSpan.FromMinutes(10));
        while (!IsConverged())
        {
            if (Elapsed >= until)
            {
                throw new SimulationException(Seed, $"no convergence within {limit ?? TimeSpan.FromMinutes(10)}:\n{Describe()}");
            }

            RunWorld(Elapsed + s_slice, static () => false);
        }

        return Task.CompletedTask;
    }

    /// <summary>Runs a piece of work of a node on the node's own scheduler, moving time until it ends.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="node">Whose.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="SimulationException">It did not end in an hour of virtual time, or its node crashed.</exception>
    public async Task<T> DoAsync<T>(SimulatedNode node, Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(node);
        NodeRun run = node.Run is { IsAlive: true } alive ? alive : throw new InvalidOperationException($"{node.Name} does not run.");
        Task<T> task = run.Spawner.StartAsync(work);
        if (!RunWorld(Elapsed + s_patience, () => task.IsCompleted || !run.IsAlive) || !task.IsCompleted)
        {
            throw new SimulationException(Seed, run.IsAlive ? $"a call on {node.Name} never ended" : $"{node.Name} crashed during a call");
        }

        return await task;
    }

    /// <summary>Whether all running nodes have the same visible events.</summary>
    public bool IsConverged()
    {
        EventDigest? first = null;
        foreach (SimulatedNode node in _nodes.Where(static n => n.IsRunning))
        {
            ReplicaStatus status = node.Replica.Status;
            first ??= status.FrontierHash;
            if (status.FrontierHash != first)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One line a node, for messages about failures.</summary>
    public string Describe() => string.Join('\n', _nodes.Select(static n => !n.IsRunning ? $"{n.Name} down" : string.Create(
        CultureInfo.InvariantCulture,
        $"{n.Name} applied={n.Replica.Status.AppliedCount} visible={n.Replica.Status.VisibleCount} missing={n.Replica.Status.MissingCount} pending={n.Replica.Status.PendingCount} {n.Replica.Status.SyncState} fault={n.Replica.Status.Fault} neighbours={n.Neighbours.Count} {n.Replica.Status.FrontierHash}")));

    internal async Task<Event?> AppendAsync(SimulatedNode node, EventDraft draft)
    {
        NodeRun run = node.Run is { IsAlive: true } alive ? alive : throw new InvalidOperationException($"{node.Name} does not run.");
        Replica replica = node.Replica;
        Task<Event> task = run.Spawner.StartAsync(() => replica.BroadcastAppendAsync(draft));
        if (!RunWorld(Elapsed + s_patience, () => task.IsCompleted || !run.IsAlive))
        {
            throw new SimulationException(Seed, $"an append of {node.Name} never ended");
        }

        if (!task.IsCompleted)
        {
            return null; // crashed on the way: nothing was acknowledged
        }

        try
        {
            Event appended = await task;
            node.AcknowledgedList.Add(appended.Cid);
            return appended;
        }
        catch (ReplicaException refused)
        {
            if (refused.Error == ReplicaError.IdentityReuse)
            {
                node.RenewSoon(run);
            }

            return null; // refused by name: the disk failed, the key is no writer's, or it is in use elsewhere
        }
    }

    internal async Task StartAsync(SimulatedNode node)
    {
        NodeRun run = new(_world, Options, node.WallClock, Ended);
        Task task = run.Spawner.StartAsync(() => node.StartRunAsync(run));
        if (!RunWorld(Elapsed + s_patience, () => task.IsCompleted || !run.IsAlive))
        {
            throw new SimulationException(Seed, $"{node.Name} never started");
        }

        if (task.IsCompleted)
        {
            await task;
            _links.ConnectSome(node);
        }
    }

    internal async Task StopAsync(SimulatedNode node)
    {
        NodeRun run = node.Run!;
        Task task = run.Spawner.StartAsync(node.CloseRunAsync);
        if (!RunWorld(Elapsed + s_patience, () => task.IsCompleted || !run.IsAlive))
        {
            throw new SimulationException(Seed, $"{node.Name} never stopped:\n{Describe()}");
        }

        if (task.IsCompleted)
        {
            await task;
        }
    }

    internal SimulationWorld World => _world;

    internal SimulatedLinks Links => _links;

    /// <summary>Starts work of a node that nobody waits for; its failure ends the simulation.</summary>
    internal void Background(NodeRun run, Func<Task> work)
    {
        _background.RemoveWhere(static t => t.IsCompletedSuccessfully);
        _background.Add(run.Spawner.StartAsync(work));
    }

    private bool RunWorld(TimeSpan until, Func<bool> done) => _world.Run(until, done);

    private void Observe()
    {
        foreach (Task failed in _background.Where(static t => t.IsFaulted))
        {
            Exception error = failed.Exception!.InnerException!;
            if (error is not ReplicaException { Error: ReplicaError.Closed })
            {
                throw new SimulationException(Seed, $"background work failed: {error}");
            }
        }

        Invariants?.Invoke(this);
    }

    private void Ended(NodeRun run)
    {
        SimulatedNode node = _nodes.First(n => n.Run == run);
        _world.Trace.Add((ulong)_nodes.IndexOf(node));
        node.Disk.Crash(_world.Chance);
        _links.Lost(node, () => node.Run == run);
        node.Ended();
    }
}
