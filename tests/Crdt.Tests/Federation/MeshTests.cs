using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T3, T4, T6 and T7 of federation §9.</summary>
public sealed class MeshTests
{
    private const int Seeds = 200;

    // FEDERATION_SEEDS is for tests/long/federation.sh.
    private static readonly int s_seeds = int.Parse(
        Environment.GetEnvironmentVariable("FEDERATION_SEEDS") ?? Seeds.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    [Fact]
    public void Loss_duplicates_partitions_crashes_and_an_equivocator_leave_one_state_on_every_node()
    {
        int crashes = 0;
        int forks = 0;
        for (int seed = 0; seed < s_seeds; seed++)
        {
            Mesh mesh = new((ulong)seed);
            string? wrong = mesh.Run();
            Assert.True(wrong is null, $"Seed {seed}: {wrong}");
            crashes += mesh.Nodes.Sum(static n => n.Crashes);
            forks += mesh.Forked;
        }

        Assert.True(crashes > 2 * s_seeds, $"Only {crashes} crashes.");
        Assert.True(forks > s_seeds / 2, $"Only {forks} forks.");
    }

    [Fact]
    public async Task A_crash_before_or_after_every_single_write_changes_nothing_in_the_end()
    {
        Event[] history = [.. IndependentFoldTests.Admitted(RandomRecords.Make(new SeededChance(4), 30, 3, forks: true))];
        string expected = (await States.FreshAsync(history)).FinalState.ToString();
        for (int write = 0; write < 2 * history.Length; write++)
        {
            SimNode node = new(50) { Crash = at => at != write / 2 ? CrashPoint.No : write % 2 == 0 ? CrashPoint.Before : CrashPoint.After };
            foreach (Event[] batch in history.Reverse().Chunk(2))
            {
                node.Give(batch);
            }

            node.Give(history);
            Assert.True(node.Crashes <= 1);
            Assert.Equal(expected, node.Grown());
            Assert.Equal(expected, node.Anew());
        }
    }

    [Fact]
    public async Task The_replay_order_is_a_linear_extension_and_ordering_by_sequence_number_is_not()
    {
        int inverted = 0;
        for (ulong seed = 0; seed < 1_000; seed++)
        {
            Event[] history = [.. IndependentFoldTests.Admitted(RandomRecords.Make(new SeededChance(seed), 12, 3, forks: seed % 3 == 0))];
            Assert.Equal(0, Inversions(await States.FreshAsync(history), history));
            inverted += Inversions(await States.FreshAsync(history, new ReplayOptions { Defects = DraftDefects.OrderBySequence }), history);
        }

        Assert.True(inverted > 0, "The defect of the draft was not caught.");
    }

    // All of them, or (another bug of the draft) the first K of one number that arrive.
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Folding_uncited_siblings_as_they_come_diverges_and_the_citation_rule_does_not(int siblingsMax)
    {
        int tolerant = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            Mesh mesh = new(seed);
            Assert.Null(mesh.Run());
            HashSet<EventDigest> states = [];
            foreach (SimNode node in mesh.Nodes)
            {
                ReplayOptions options = new() { Defects = DraftDefects.TolerateForks };
                Event[] held = [.. node.Core.State.Graph.ByArrival.Select(n => node.Applied.First(e => e.Cid == n.Cid))];
                states.Add((await Replayer.ReplayAsync(Replication.Author.Genesis, FirstArrived(held, siblingsMax), node.Source, options)).FinalState);
            }

            tolerant += states.Count > 1 ? 1 : 0;
        }

        Assert.True(tolerant > 0, "The defect was not caught.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_relay_mesh_loses_records_with_one_cursor_per_peer_and_none_with_one_per_author(bool perPeer)
    {
        int missing = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            missing += Relay(new SeededChance(seed), perPeer);
        }

        Assert.True(perPeer ? missing > 0 : missing == 0, $"{missing} records are missing.");
    }

    // At most so many events of one author and number, in the order they came, and nothing on top of what is left out.
    private static List<Event> FirstArrived(Event[] byArrival, int siblingsMax)
    {
        HashSet<Core.Multiformats.Cid> kept = [];
        Dictionary<(EventDigest, ulong), int> siblings = [];
        List<Event> events = [];
        foreach (Event next in byArrival)
        {
            (EventDigest, ulong) place = (Clock.EventGraph.KeyOf(next.Author.Span), next.Sequence);
            int before = siblings.GetValueOrDefault(place);
            if (before < siblingsMax && Enumerable.Range(0, Clock.EventGraph.LinkCount(next)).All(i => kept.Contains(Clock.EventGraph.LinkAt(next, i))))
            {
                siblings[place] = before + 1;
                kept.Add(next.Cid);
                events.Add(next);
            }
        }

        return events;
    }

    private static int Inversions(ReplayResult result, Event[] history)
    {
        Dictionary<Core.Multiformats.Cid, int> places = result.Order.Select(static (c, i) => (c, i)).ToDictionary(static p => p.c, static p => p.i);
        return history.Where(e => places.ContainsKey(e.Cid)).Sum(e => e.Dependencies.Append(e.Previous)
            .Count(link => !link.IsNone && places[link] > places[e.Cid]));
    }

    // Nodes in a ring, one link dead at a time. Each asks its neighbours for what it has not, by the cursors it keeps.
    private static int Relay(SeededChance chance, bool perPeer)
    {
        int count = 3 + chance.Below(5);
        List<Event>[] held = [.. Enumerable.Range(0, count).Select(static _ => new List<Event>())];
        Writer[] writers = [.. Enumerable.Range(0, count).Select(static n => new Writer(n))];
        PeerCursors[] cursors = [.. Enumerable.Range(0, count).Select(static _ => new PeerCursors())];
        Dictionary<(int, int), ulong> draft = [];
        for (int step = 0; step < 40 + (4 * count); step++)
        {
            bool isHealing = step >= 40;
            int who = chance.Below(count);
            if (!isHealing)
            {
                held[who].Add(writers[who].Artifact($"{step}"));
            }

            for (int from = 0; from < count; from++)
            {
                int to = (from + 1) % count;
                if (isHealing || chance.Below(3) > 0)
                {
                    Pass(held, cursors, draft, (from, to), perPeer);
                    Pass(held, cursors, draft, (to, from), perPeer);
                }
            }
        }

        int all = held.SelectMany(static h => h).Select(static e => e.Cid).Distinct().Count();
        return held.Sum(h => all - h.Count);
    }

    private static void Pass(List<Event>[] held, PeerCursors[] cursors, Dictionary<(int, int), ulong> draft, (int From, int To) link, bool perPeer)
    {
        string peer = $"{link.From}";
        foreach (Event offered in held[link.From].ToArray())
        {
            // The draft: one number for a peer, whoever wrote the record.
            bool isNew = perPeer
                ? offered.Sequence > draft.GetValueOrDefault(link)
                : cursors[link.To].IsBeyond(peer, offered);
            if (!isNew)
            {
                continue;
            }

            draft[link] = Math.Max(draft.GetValueOrDefault(link), offered.Sequence);
            cursors[link.To].Advance(peer, offered);
            if (!held[link.To].Exists(e => e.Cid == offered.Cid))
            {
                held[link.To].Add(offered);
            }
        }
    }
}
