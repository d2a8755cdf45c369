using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>Who may write in a story: everybody, or a list of nodes, sometimes with a hostile peer on it, that grants and removes as the story goes on.</summary>
internal sealed class StoryWriters
{
    private readonly IChance _chance;
    private readonly List<ReadOnlyMemory<byte>> _guests = [];

    /// <param name="chance">Chooses.</param>
    /// <param name="nodes">Author keys of the nodes; the first is always on a list.</param>
    /// <param name="hostile">Author keys of hostile peers.</param>
    public StoryWriters(IChance chance, IReadOnlyList<PrivateKey> nodes, IReadOnlyList<PrivateKey> hostile)
    {
        _chance = chance;
        int policy = chance.Below(5); // 0, 1: open; 2, 3: a list of honest nodes; 4: one with hostile peers on it
        if (policy < 2)
        {
            Genesis = Genesis.Create("simulation", "open");
            return;
        }

        List<ReadOnlyMemory<byte>> writers = [KeyOf(nodes[0]), .. nodes.Skip(1).Where(_ => chance.Below(2) == 0).Select(KeyOf)];
        (policy == 4 ? writers : _guests).AddRange(hostile.Select(KeyOf));
        Genesis = Genesis.Create("simulation", "listed", writers);
    }

    /// <summary>The document.</summary>
    public Genesis Genesis { get; }

    /// <summary>Whether it has a list.</summary>
    public bool IsListed => Genesis.Writers is not null;

    /// <summary>Grants and removals written.</summary>
    public int Said { get; private set; }

    /// <summary>The protobuf form of a key.</summary>
    public static ReadOnlyMemory<byte> KeyOf(PrivateKey key) => key.PublicKey.Protobuf;

    /// <summary>Whether a key is on the list.</summary>
    public bool IsRoot(ReadOnlyMemory<byte> key) => Genesis.Writers?.Any(writer => writer.Span.SequenceEqual(key.Span)) == true;

    /// <summary>A node of the list lets nodes, and hostile peers, in; all of them if asked to.</summary>
    public async Task GrantAsync(SimulatedNetwork net, bool all = false)
    {
        if (Granter(net) is not SimulatedNode granter)
        {
            return;
        }

        ReadOnlyMemory<byte>[] added = [.. net.Nodes.Select(static n => KeyOf(n.Disk.Author)).Concat(all ? [] : _guests)
            .Where(key => !IsRoot(key) && (all || _chance.Below(3) != 0)).DistinctBy(static key => Convert.ToHexString(key.Span))];
        if (added.Length > 0)
        {
            await SayAsync(granter, new GrantBody(added, []));
        }
    }

    /// <summary>A node of the list removes somebody, at the last number it knows of him, or below.</summary>
    public async Task RemoveAsync(SimulatedNetwork net, SimulatedNode? victim = null)
    {
        if (Granter(net) is not SimulatedNode remover)
        {
            return;
        }

        ReadOnlyMemory<byte>[] others = [.. net.Nodes.Select(static n => KeyOf(n.Disk.Author)).Concat(_guests).Where(key => !IsRoot(key))];
        if (others.Length == 0)
        {
            return;
        }

        ReadOnlyMemory<byte> key = victim is null ? others[_chance.Below(others.Length)] : KeyOf(victim.Disk.Author);
        ulong known = await InvariantMonitor.AskAsync(net, remover, () => remover.Replica.InspectAsync(
            core => core.State.Graph.FindAuthor(DagModel.KeyOf(key))?.Chains.Max(static chain => (ulong?)chain.Top) ?? 0, CancellationToken.None));
        if (!remover.IsRunning)
        {
            return;
        }

        ulong last = _chance.Below(3) == 0 ? (ulong)_chance.Below((int)known + 1) : known;
        await SayAsync(remover, new GrantBody([], [(key, last)]));
    }

    /// <summary>Somebody is removed behind a cut; beyond it he goes on, and others who have not heard build on what he says.</summary>
    public async Task RemoveBehindCutAsync(SimulatedNetwork net)
    {
        SimulatedNode[] guests = [.. net.Nodes.Where(n => n.IsRunning && !IsRoot(KeyOf(n.Disk.Author)))];
        if (Granter(net) is not SimulatedNode remover || guests.Length == 0)
        {
            return;
        }

        SimulatedNode victim = guests[_chance.Below(guests.Length)];
        net.Partition(remover);
        await RemoveAsync(net, victim);
        for (int i = _chance.Below(3); i >= 0 && victim.IsRunning; i--)
        {
            await victim.AppendAsync(new EventDraft { Type = "note" });
        }

        await net.RunAsync(_chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)));
        SimulatedNode[] citing = [.. net.Nodes.Where(n => n.IsRunning && n != remover && n != victim)];
        if (citing.Length > 0 && _chance.Below(3) != 0)
        {
            await citing[_chance.Below(citing.Length)].AppendAsync(new EventDraft { Type = "note" });
        }

        net.Heal();
    }

    private SimulatedNode? Granter(SimulatedNetwork net)
    {
        SimulatedNode[] roots = [.. net.Nodes.Where(n => n.IsRunning && IsRoot(KeyOf(n.Disk.Author)))];
        return roots.Length == 0 ? null : roots[_chance.Below(roots.Length)];
    }

    private async Task SayAsync(SimulatedNode node, GrantBody body) =>
        Said += await node.AppendAsync(new EventDraft { Type = EventTypes.Grant, Body = body.Encode() }) is null ? 0 : 1;
}
