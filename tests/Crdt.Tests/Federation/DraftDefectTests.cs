using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// T12: the bugs of the literal draft, each switched on in the product's own code (what a session sends, the fold, the order of a replay), under one
/// mesh and one check. The check passes for the product and fails for each of them.
/// </summary>
public sealed class DraftDefectTests
{
    private const int Seeds = 40;
    private const int Nodes = 4;
    private const int Steps = 40;

    [Theory]
    [InlineData(nameof(DraftDefects.None), "")]
    [InlineData(nameof(DraftDefects.PerPeerCursor), "lost")]
    [InlineData(nameof(DraftDefects.OrderBySequence), "order")]
    [InlineData(nameof(DraftDefects.DeleteIfPresent), "state")]
    [InlineData(nameof(DraftDefects.TieByArrival), "state")]
    public void One_check_of_convergence_passes_for_the_product_and_fails_for_each_defect_of_the_draft(string name, string found)
    {
        DraftDefects defects = Enum.Parse<DraftDefects>(name);
        List<string> problems = [];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            problems.AddRange(Check(Run(new SeededChance(seed), defects, isChatty: seed % 2 == 0)));
        }

        if (defects == DraftDefects.None)
        {
            Assert.Empty(problems);
            return;
        }

        Assert.True(problems.Exists(p => p.StartsWith(found, StringComparison.Ordinal)), $"{name} was not caught.");
        Assert.All(problems, p => Assert.StartsWith(found, p, StringComparison.Ordinal)); // and for what it does, not for something else
    }

    /// <summary>What is wrong with nodes that have exchanged all they would: nothing is lost, one state grown or computed anew, one causal order.</summary>
    private static IEnumerable<string> Check(SimNode[] nodes)
    {
        HashSet<Cid> all = [.. nodes.SelectMany(static n => n.Acknowledged)];
        int lost = nodes.Sum(n => all.Count(c => n.Core.State.Graph.Find(c) is null));
        if (lost > 0)
        {
            yield return $"lost: {lost} of {all.Count * nodes.Length} deliveries";
            yield break; // the rest follows from it
        }

        ReplayResult[] replays = [.. nodes.Select(static n => n.Replay())];
        HashSet<string> states = [.. nodes.Select(static n => n.Grown()), .. replays.Select(static r => r.FinalState.ToString())];
        if (states.Count > 1)
        {
            yield return $"state: {states.Count} of them";
        }

        Dictionary<Cid, int> places = replays[0].Order.Select(static (c, i) => (c, i)).ToDictionary(static p => p.c, static p => p.i);
        int inverted = nodes[0].Applied.Sum(e => Enumerable.Range(0, EventGraph.LinkCount(e)).Count(i => places[EventGraph.LinkAt(e, i)] > places[e.Cid]));
        if (inverted > 0 || replays.Select(static r => r.OrderHash).Distinct().Count() > 1)
        {
            yield return $"order: {inverted} effects before their causes";
        }
    }

    // A ring in which links fail; the first author writes more than all others, or all write in turn and have equal numbers. In the end everybody asks
    // everybody, again and again.
    private static SimNode[] Run(IChance chance, DraftDefects defects, bool isChatty)
    {
        SimNode[] nodes = [.. Enumerable.Range(1, Nodes).Select(n => new SimNode(n, defects))];
        for (int step = 0; step < Steps; step++)
        {
            Write(chance, nodes[!isChatty ? step % Nodes : chance.Below(2) == 0 ? 0 : chance.Below(Nodes)]);
            int from = chance.Below(Nodes);
            if (chance.Below(3) > 0)
            {
                nodes[(from + 1) % Nodes].Pull(nodes[from]);
            }
        }

        for (int round = 0; round < 2 * Nodes; round++)
        {
            foreach (SimNode to in nodes)
            {
                Array.ForEach(nodes, from => to.Pull(from));
            }
        }

        return nodes;
    }

    // Few places and few values, so that authors meet: two slots, artifacts hidden and shown again.
    private static void Write(IChance chance, SimNode node)
    {
        Event[] visible = [.. node.Visible];
        Event[] artifacts = [.. visible.Where(static e => e.Type == FederationTypes.Artifact)];
        Event[] tombs = [.. visible.Where(static e => e.Type == FederationTypes.Tomb)];
        switch (chance.Below(5))
        {
            case 0 when artifacts.Length > 0:
                node.Append(FederationTypes.Tomb, new TombBody(artifacts[chance.Below(artifacts.Length)].Cid).Encode());
                break;
            case 1 when tombs.Length > 0:
                Event tomb = tombs[chance.Below(tombs.Length)];
                _ = TombBody.TryRead(tomb.Body, out TombBody? body);
                node.Append(FederationTypes.Lift, new LiftBody(body!.Target, [tomb.Cid]).Encode());
                break;
            case 2 or 3:
                node.Append(FederationTypes.Edge, EdgeBody.Of([Cid.ForDagCbor([(byte)chance.Below(2)])], [Cid.ForDagCbor([9])], "next").Encode());
                break;
            default:
                node.Append(FederationTypes.Artifact, ArtifactBody.OfBytes(new[] { (byte)chance.Below(3) }).Encode());
                break;
        }
    }
}
