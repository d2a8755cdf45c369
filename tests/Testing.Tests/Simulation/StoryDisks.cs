using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>
/// Backups, put back and noticed by the store (a new author key), put back unnoticed as a virtual machine does (the old key again), and folders that
/// are copied, noticed or with their marker, so that two nodes write under one key.
/// </summary>
internal sealed class StoryDisks(IChance chance, InvariantMonitor monitor)
{
    private readonly Dictionary<SimulatedNode, SimulatedDisk> _backups = [];
    private readonly HashSet<Cid> _lost = [];
    private readonly HashSet<Cid> _away = [];
    private bool _hasCopied;

    /// <summary>Acknowledged events that were on one disk only when that was put back: nobody can have them.</summary>
    public IReadOnlySet<Cid> Lost => _lost;

    /// <summary>Acknowledged events that are not on the disk of their node since that was put back; they come back from others in the end.</summary>
    public IReadOnlySet<Cid> Away => _away;

    /// <summary>Backups put back, and copies started.</summary>
    public int Restores { get; private set; }

    /// <summary>Takes a backup, or puts the last one back, or starts a copy of a folder.</summary>
    public async Task ActAsync(SimulatedNetwork net, SimulatedNode node)
    {
        switch (chance.Below(5))
        {
            case 0 or 1 when _backups.TryGetValue(node, out SimulatedDisk? backup):
                await RestoreAsync(net, node, backup, isNoticed: chance.Below(2) == 0);
                break;
            case 2 when !_hasCopied:
                await CopyAsync(net, node);
                break;
            default:
                _backups[node] = node.Disk.Copy();
                break;
        }
    }

    private async Task RestoreAsync(SimulatedNetwork net, SimulatedNode node, SimulatedDisk backup, bool isNoticed)
    {
        if (node.IsRunning)
        {
            await node.StopAsync();
        }

        node.Disk.Fault = StoreError.None;
        node.Disk.CrashAt = long.MaxValue;
        if (isNoticed)
        {
            node.Disk.Restore(backup, chance);
        }
        else
        {
            node.Disk.Rollback(backup);
            monitor.MayBeReused(node.Name);
        }

        monitor.Restored(node);
        HashSet<Cid> held = [.. net.Nodes.SelectMany(static n => n.Disk.Applied)];
        HashSet<Cid> own = [.. node.Disk.Applied];
        _away.UnionWith(node.Acknowledged.Where(cid => !own.Contains(cid)));
        _lost.UnionWith(net.Nodes.SelectMany(static n => n.Acknowledged).Where(cid => !held.Contains(cid)));
        Restores++;
        await node.RestartAsync();
    }

    private async Task CopyAsync(SimulatedNetwork net, SimulatedNode node)
    {
        _hasCopied = true;
        string name = node.Name + "-copy";
        SimulatedDisk copy = node.Disk.Copy();
        if (chance.Below(3) != 0)
        {
            monitor.MayBeReused(node.Name);
            monitor.MayBeReused(name);
        }
        else
        {
            copy.Restore(node.Disk.Copy(), chance); // the marker tells: a new key before the first write
        }

        Restores++;
        await net.StartNodeAsync(name, copy);
    }
}
