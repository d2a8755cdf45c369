using System.Globalization;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>
/// One seed, one story: nodes write while messages are lost, doubled and reordered, partitions come and go, power fails at random writes, disks
/// fill up, one peer is hostile; then the faults stop and everybody must converge with nothing acknowledged lost.
/// </summary>
internal sealed class RandomScenario
{
    private const int NodesMax = 8;
    private const int StepsMax = 40;
    private static readonly TimeSpan s_healing = TimeSpan.FromMinutes(10);

    private readonly SimulatedNetwork _net;
    private readonly InvariantMonitor _monitor = new();
    private readonly IChance _chance;
    private readonly HostilePeer? _hostile;
    private readonly int _steps;
    private int _said;

    private RandomScenario(ulong seed, Func<ReplicaOptions, ReplicaOptions>? change, Func<SimulationOptions, SimulationOptions>? world)
    {
        _chance = new SeededChance(seed ^ 0x5eed);
        SimulationOptions options = new()
        {
            Loss = 0.3 * _chance.NextDouble(),
            Duplication = 0.5 * _chance.NextDouble(),
            DelayMax = TimeSpan.FromMilliseconds(30 + _chance.Below(500)),
            Degree = 2 + _chance.Below(5),
        };
        options = change is null ? options : options with { Replica = change };
        _net = new SimulatedNetwork(seed, world is null ? options : world(options));
        _net.Invariants = _monitor.Check;
        _steps = 10 + _chance.Below(StepsMax);
        _hostile = _chance.Below(2) == 0 ? new HostilePeer(_net, Habit(seed, (HostileHabit)(1 + _chance.Below((int)HostileHabit.Count - 1)))) : null;
    }

    /// <summary>Runs a seed.</summary>
    /// <param name="seed">Which.</param>
    /// <param name="change">Changes the replicas, to see that a broken one is caught.</param>
    /// <param name="world">Changes the world.</param>
    /// <returns>The trace, to compare runs, and one line about the run.</returns>
    public static async Task<(ulong Trace, string Summary)> RunAsync(
        ulong seed, Func<ReplicaOptions, ReplicaOptions>? change = null, Func<SimulationOptions, SimulationOptions>? world = null)
    {
        RandomScenario scenario = new(seed, change, world);
        await scenario.DisturbAsync();
        await scenario.HealAsync();
        return (scenario._net.Trace, string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: nodes={scenario._net.Nodes.Count} said={scenario._said} hostile={scenario._hostile?.Habit} messages={scenario._net.MessagesSent} events={scenario._net.EventCount} time={scenario._net.Elapsed.TotalSeconds:0} trace={scenario._net.Trace:x16}"));
    }

    private static HostileHabit Habit(ulong seed, HostileHabit chosen) => (seed % 5) switch
    {
        1 => HostileHabit.VoucherLiar,
        3 => HostileHabit.Remover,
        _ => chosen,
    };

    private async Task DisturbAsync()
    {
        int nodes = 3 + _chance.Below(NodesMax - 2);
        for (int i = 0; i < nodes; i++)
        {
            await _net.StartNodeAsync($"n{i}");
        }

        for (int step = 0; step < _steps; step++)
        {
            await DoSomethingAsync(_net.Nodes[_chance.Below(nodes)]);
            _hostile?.Act();
            await _net.RunAsync(_chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3)));
        }
    }

    private async Task DoSomethingAsync(SimulatedNode node)
    {
        int choice = _chance.Below(20);
        if (!node.IsRunning)
        {
            node.Disk.Fault = StoreError.None;
            await node.RestartAsync();
            return;
        }

        switch (choice)
        {
            case 0:
                node.Crash();
                break;
            case 1:
                node.Disk.CrashAt = node.Disk.CrashPoints + _chance.Below(6);
                break;
            case 2:
                node.Disk.Fault = StoreError.DiskFull;
                break;
            case 3:
                node.Disk.Fault = StoreError.None;
                break;
            case 4:
                _net.Partition(_net.Nodes.Where(_ => _chance.Below(2) == 0).ToArray());
                break;
            case 5:
                _net.Heal();
                break;
            case 6:
                await node.StopAsync();
                break;
            default:
                _said += await node.AppendAsync(new EventDraft { Type = "note" }) is null ? 0 : 1;
                break;
        }
    }

    // Liveness: no more faults, everybody up; hostile peers stay.
    private async Task HealAsync()
    {
        _net.Options = _net.Options with { Loss = 0, Duplication = 0, Degree = 6 };
        foreach (SimulatedNode node in _net.Nodes)
        {
            node.Disk.Fault = StoreError.None;
            node.Disk.CrashAt = long.MaxValue;
            if (node.IsRunning && node.Replica.Status.Fault != StoreError.None)
            {
                await node.StopAsync(); // a failed disk is an operator's business: restart
            }

            if (!node.IsRunning)
            {
                await node.RestartAsync();
            }
        }

        _net.Heal();
        foreach (SimulatedNode node in _net.Nodes)
        {
            _said += await node.AppendAsync(new EventDraft { Type = "note" }) is null ? 0 : 1;
        }

        await _net.SettleAsync(s_healing);
        foreach (SimulatedNode node in _net.Nodes)
        {
            await CheckAsync(node);
        }
    }

    private async Task CheckAsync(SimulatedNode node)
    {
        Cid[] acknowledged = [.. _net.Nodes.SelectMany(static n => n.Acknowledged)];
        IReadOnlyList<Event> found = await _net.DoAsync(node, () => node.Replica.GetEventsAsync(acknowledged));
        Cid[] lost = [.. acknowledged.Except(found.Select(static e => e.Cid))];
        if (lost.Length > 0)
        {
            throw new SimulationException(_net.Seed, $"{node.Name} lacks {lost.Length} acknowledged events, first {lost[0]}:\n{_net.Describe()}");
        }

        IReadOnlyList<Cid> missing = await _net.DoAsync(node, () => node.Replica.FindMissingLinksAsync());
        if (missing.Count > 0 && _hostile is null)
        {
            throw new SimulationException(_net.Seed, $"{node.Name} still misses {missing.Count} links:\n{_net.Describe()}");
        }
    }
}
