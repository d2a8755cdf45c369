using System.Globalization;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>
/// One seed, one story: nodes write notes and text, open to all or by a list with grants and removals, while messages are lost, doubled and
/// reordered, partitions come and go, power fails at random writes, disks fill up, are put back and copied, and up to three peers are hostile; then
/// the faults stop and everybody must converge with nothing acknowledged lost.
/// </summary>
internal sealed class RandomScenario
{
    private const int NodesMax = 8;
    private const int StepsMax = 40;
    private const int HostileMax = 3;
    private const int AuditEvery = 12;
    private static readonly TimeSpan s_healing = TimeSpan.FromMinutes(10);

    private readonly SimulatedNetwork _net;
    private readonly InvariantMonitor _monitor = new();
    private readonly HistoryAudit _audit = new();
    private readonly IChance _chance;
    private readonly List<PrivateKey> _keys;
    private readonly List<HostilePeer> _hostile;
    private readonly StoryWriters _writers;
    private readonly StoryDisks? _disks;
    private readonly int _steps;
    private int _said;

    private RandomScenario(ulong seed, Func<ReplicaOptions, ReplicaOptions>? change, Func<SimulationOptions, SimulationOptions>? world)
    {
        _chance = new SeededChance(seed ^ 0x5eed);
        _keys = NewKeys(3 + _chance.Below(NodesMax - 2));
        List<PrivateKey> hostile = NewKeys(Math.Max(0, _chance.Below(HostileMax + 3) - 2)); // none in half of the stories
        _writers = new StoryWriters(_chance, _keys, hostile);
        SimulationOptions options = new()
        {
            Genesis = _writers.Genesis,
            Loss = 0.3 * _chance.NextDouble(),
            Duplication = 0.5 * _chance.NextDouble(),
            DelayMax = TimeSpan.FromMilliseconds(30 + _chance.Below(500)),
            Degree = 2 + _chance.Below(5),
            Replica = replica => Compose(replica, change),
        };
        _net = new SimulatedNetwork(seed, world is null ? options : world(options));
        _net.Invariants = _monitor.Check;
        _steps = 10 + _chance.Below(StepsMax);
        _disks = _chance.Below(3) == 0 ? new StoryDisks(_chance, _monitor) : null;
        int habit = _chance.Below((int)HostileHabit.Count - 1);
        _hostile = [.. hostile.Select((key, i) => new HostilePeer(_net, (HostileHabit)(1 + ((habit + (3 * i)) % ((int)HostileHabit.Count - 1))), key))];
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
        try
        {
            await scenario.DisturbAsync();
            await scenario.HealAsync();
        }
        catch (SimulationException failed)
        {
            throw new SimulationException(seed, $"{failed.Message}\n{scenario.Describe()}");
        }

        return (scenario._net.Trace, scenario.Describe());
    }

    private string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {_net.Seed}: nodes={_net.Nodes.Count} said={_said} writers={(_writers.IsListed ? _writers.Genesis.Writers!.Count : 0)} grants={_writers.Said} restores={_disks?.Restores ?? 0} hostile={string.Join('+', _hostile.Select(static h => h.Habit))} audits={_audit.Count} messages={_net.MessagesSent} events={_net.EventCount} time={_net.Elapsed.TotalSeconds:0} trace={_net.Trace:x16}");

    private static ReplicaOptions Compose(ReplicaOptions options, Func<ReplicaOptions, ReplicaOptions>? change)
    {
        ReplicaOptions composed = options with { Folds = [new TextFold(options.Genesis.Cid)], TypeRules = [new SeqRules()] };
        return change is null ? composed : change(composed);
    }

    private List<PrivateKey> NewKeys(int count) => [.. Enumerable.Range(0, count).Select(_ => PrivateKey.Generate(KeyType.Ed25519, _chance))];

    private async Task DisturbAsync()
    {
        for (int i = 0; i < _keys.Count; i++)
        {
            await _net.StartNodeAsync($"n{i}", new SimulatedDisk(_keys[i], _chance.NextUInt64()));
        }

        if (_writers.IsListed)
        {
            await _net.RunAsync(TimeSpan.FromSeconds(1));
            await _writers.GrantAsync(_net);
        }

        for (int step = 0; step < _steps; step++)
        {
            SimulatedNode node = _net.Nodes[_chance.Below(_net.Nodes.Count)];
            await DoSomethingAsync(node);
            _hostile.ForEach(static peer => peer.Act());
            await _net.RunAsync(_chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3)));
            if (_chance.Below(AuditEvery) == 0)
            {
                await AuditAsync(node);
            }
        }
    }

    private async Task DoSomethingAsync(SimulatedNode node)
    {
        int choice = _chance.Below(24);
        if (!node.IsRunning)
        {
            node.Disk.Fault = StoreError.None;
            await node.RestartAsync();
            await AuditAsync(node);
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
            case 7 or 8 when _writers.IsListed:
                await ChangeWritersAsync();
                break;
            case 9 or 10 or 11 when _disks is StoryDisks disks:
                await disks.ActAsync(_net, node);
                break;
            default:
                await WriteAsync(node);
                break;
        }
    }

    private Task ChangeWritersAsync() => _chance.Below(3) switch
    {
        0 => _writers.GrantAsync(_net),
        1 => _writers.RemoveAsync(_net),
        _ => _writers.RemoveBehindCutAsync(_net),
    };

    private async Task WriteAsync(SimulatedNode node)
    {
        TextFold fold = node.Replica.Options.Folds.OfType<TextFold>().Single();
        int place = _chance.Below(1_000);
        string typed = new((char)('a' + _chance.Below(26)), _chance.Below(5));
        ulong? at = _chance.Below(8) switch { 0 => 0, 1 => ulong.MaxValue, _ => null };
        EventDraft draft = _chance.Below(2) == 0
            ? new EventDraft { Type = "note", At = at }
            : new EventDraft { Type = SeqRules.TypeName, At = at, BuildBody = context => fold.Edit(context, place, typed) };
        _said += await node.AppendAsync(draft) is null ? 0 : 1;
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
                await AuditAsync(node);
            }
        }

        _net.Heal();
        await EverybodyWritesAsync();
        await SettleAsync();
        if (_writers.IsListed || _disks is not null)
        {
            await _writers.GrantAsync(_net, all: true); // new keys want a grant
            await SettleAsync();
            await EverybodyWritesAsync(); // the first event of a new key brings back what its old key said
            await SettleAsync();
        }

        foreach (SimulatedNode node in _net.Nodes)
        {
            await CheckAsync(node);
        }
    }

    private async Task SettleAsync()
    {
        try
        {
            await _net.SettleAsync(s_healing);
        }
        catch (SimulationException failed)
        {
            throw new SimulationException(_net.Seed, $"{failed.Message}\n{await StoryReport.DifferencesAsync(_net, _audit)}");
        }
    }

    private async Task EverybodyWritesAsync()
    {
        foreach (SimulatedNode node in _net.Nodes)
        {
            await WriteAsync(node);
        }
    }

    // S4: what was acknowledged to this node is applied here, and everything else as the specification says.
    private async Task<DagModel?> AuditAsync(SimulatedNode node)
    {
        if (await _audit.RunAsync(_net, node) is not DagModel model)
        {
            return null;
        }

        int lost = node.Acknowledged.Count(cid => !model.Holds(cid) && _disks?.Away.Contains(cid) != true);
        Hold(lost == 0, $"S4: {node.Name} lacks {lost} events that were acknowledged to it");
        return model;
    }

    private async Task CheckAsync(SimulatedNode node)
    {
        DagModel? model = await AuditAsync(node);
        Hold(model is not null, $"{node.Name} does not come to rest");
        foreach (SimulatedNode owner in _net.Nodes)
        {
            Hold(!owner.Replica.Status.IdentityReused, $"{owner.Name} goes on under a key that is used elsewhere");
            Cid[] hidden = [.. owner.Acknowledged.Where(cid => !model!.Visible.Contains(cid) && _disks?.Lost.Contains(cid) != true && !MayBeHidden(model, owner, cid))];
            Hold(hidden.Length == 0, $"{node.Name} does not show {hidden.Length} events acknowledged to {owner.Name}: {string.Join(", ", hidden.Select(model!.Tell))}");
        }

        IReadOnlyList<Cid> missing = await _net.DoAsync(node, () => node.Replica.FindMissingLinksAsync());
        Hold(missing.Count == 0 || _hostile.Count > 0 || _disks is not null, $"{node.Name} still misses {missing.Count} links");
    }

    // Removed, or forked and without the right to cite what his old key said: no grant, or one that stands on both branches.
    private bool MayBeHidden(DagModel model, SimulatedNode owner, Cid cid) =>
        !model.Holds(cid) ? _writers.IsListed
        : model.Removed.Contains(model.AuthorOf(cid)) || (_monitor.IsCopied(owner)
            && (owner.Replica.Status.CannotWrite == ReplicaError.NotAWriter || model.IsOutOfReach(cid, DagModel.KeyOf(owner.Disk.Author.PublicKey.Protobuf))));

    private void Hold(bool holds, string message) => InvariantMonitor.Hold(_net, holds, message);
}
