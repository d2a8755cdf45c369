using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// Some replicas under loss, duplicates, reordering, a partition that heals, crashes around writes, and an author who writes two
/// events under one number and shows each to half of the mesh. Everything follows from the seed.
/// </summary>
internal sealed class Mesh
{
    private const int Steps = 60;

    private readonly SeededChance _chance;
    private readonly SimNode[] _nodes;
    private readonly List<(int To, Event[] Blocks)> _wire = [];
    private readonly Writer _equivocator = new(90);
    private readonly List<Event> _equivocated = [];
    private int _partition;

    public Mesh(ulong seed)
    {
        _chance = new SeededChance(seed);
        _nodes = [.. Enumerable.Range(0, 3 + _chance.Below(3)).Select(n => new SimNode(n + 1))];
        foreach (SimNode node in _nodes)
        {
            node.Crash = _ => _chance.Below(25) switch { 0 => CrashPoint.Before, 1 => CrashPoint.After, _ => CrashPoint.No };
        }
    }

    public IReadOnlyList<SimNode> Nodes => _nodes;

    public int Forked => _nodes[0].Core.State.Clock.Flagged.Count;

    /// <summary>Runs to the end and heals; returns what differs, or null.</summary>
    public string? Run()
    {
        for (int step = 0; step < Steps; step++)
        {
            _partition = step is > 15 and < 40 ? 1 + _chance.Below(_nodes.Length - 1) : 0;
            Act(_chance.Below(_nodes.Length));
            Deliver();
            if (step % 20 == 19 && Compare(_nodes[_chance.Below(_nodes.Length)]) is string wrong)
            {
                return $"step {step}: {wrong}";
            }
        }

        return Heal();
    }

    private static string? Compare(SimNode node)
    {
        string grown = node.Grown();
        string anew = node.Anew();
        return grown == anew ? null : $"grown {grown}, anew {anew}";
    }

    private void Act(int who)
    {
        SimNode node = _nodes[who];
        if (_chance.Below(6) == 0)
        {
            Equivocate(node);
            return;
        }

        Event[] visible = [.. node.Visible];
        Event[] records = [.. visible.Where(static e => FederationTypes.CanBeHidden(e.Type))];
        Event[] tombs = [.. visible.Where(static e => e.Type == FederationTypes.Tomb)];
        switch (_chance.Below(6))
        {
            case 0 when records.Length > 0:
                node.Append(FederationTypes.Tomb, new TombBody(Pick(records).Cid).Encode());
                break;
            case 1 when tombs.Length > 0:
                Event tomb = Pick(tombs);
                _ = TombBody.TryRead(tomb.Body, out TombBody? body);
                node.Append(FederationTypes.Lift, new LiftBody(body!.Target, [tomb.Cid]).Encode());
                break;
            case 2 when records.Length > 1:
                node.Append(FederationTypes.Edge, EdgeBody.Of([Pick(records).Cid], [Pick(records).Cid], "next").Encode());
                break;
            case 3 when visible.Length > 0:
                SnapBody snap = new() { Cut = node.Core.PublishedHeads.Count > 0 ? [node.Core.PublishedHeads[0]] : [visible[^1].Cid], Count = 1, State = EventDigest.Sha256([1]) };
                node.Append(FederationTypes.Snapshot, snap.Encode());
                break;
            default:
                node.Append(FederationTypes.Artifact, ArtifactBody.OfBytes(new[] { (byte)_chance.Below(9) }).Encode());
                break;
        }

        Send(who);
    }

    // Two events with one number; each goes to some nodes only.
    private void Equivocate(SimNode node)
    {
        Event? previous = _equivocated.Count == 0 ? null : _equivocated[_chance.Below(_equivocated.Count)];
        Event[] deps = [.. node.Visible.Where(e => previous is null && e.Height < 4).Take(1)];
        for (int sibling = 0; sibling < 2; sibling++)
        {
            _equivocator.Last = previous;
            Event written = _equivocator.Artifact($"{_equivocated.Count}", deps);
            _equivocated.Add(written);
            for (int to = 0; to < _nodes.Length; to++)
            {
                if (_chance.Below(2) == 0)
                {
                    _wire.Add((to, [written]));
                }
            }
        }
    }

    private void Send(int from)
    {
        Event[] relayed = [.. _nodes[from].Relayed];
        for (int to = 0; to < _nodes.Length; to++)
        {
            bool cut = _partition > 0 && (from < _partition) != (to < _partition);
            if (to == from || cut || relayed.Length == 0)
            {
                continue;
            }

            Event[] some = [.. relayed.TakeLast(1 + _chance.Below(relayed.Length))];
            for (int copies = _chance.Below(10) switch { < 3 => 0, < 8 => 1, _ => 2 }; copies > 0; copies--)
            {
                _chance.Shuffle<Event>(some);
                _wire.Add((to, [.. some]));
            }
        }
    }

    private void Deliver()
    {
        for (int count = _chance.Below(_wire.Count + 1); count > 0; count--)
        {
            int at = _chance.Below(_wire.Count);
            (int to, Event[] blocks) = _wire[at];
            _wire.RemoveAt(at);
            _nodes[to].Give(blocks);
        }
    }

    private string? Heal()
    {
        foreach (SimNode node in _nodes)
        {
            node.Crash = static _ => CrashPoint.No;
        }

        // Uncited siblings stay where they are: only what a correct replica relays is exchanged.
        for (int round = 0; round < 2 * _nodes.Length; round++)
        {
            foreach (SimNode from in _nodes)
            {
                foreach (SimNode to in _nodes)
                {
                    to.Give(from.Relayed);
                }
            }
        }

        SimNode first = _nodes[0];
        foreach (SimNode node in _nodes)
        {
            if (Compare(node) is string wrong)
            {
                return wrong;
            }

            if (node.Grown() != first.Grown() || node.Order() != first.Order())
            {
                return $"states differ: {first.Grown()} and {node.Grown()}";
            }

            Cid lost = node.Acknowledged.Find(a => node.Core.State.Graph.Find(a) is null);
            if (!lost.IsNone)
            {
                return $"the acknowledged event {lost} is lost";
            }
        }

        return null;
    }

    private Event Pick(Event[] events) => events[_chance.Below(events.Length)];
}
