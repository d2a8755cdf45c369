using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>The small structures below the sequence, each against the obvious one.</summary>
public sealed class StructureTests
{
    [Fact]
    public void A_bit_tree_is_a_sorted_set()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SeededChance chance = new(seed);
            BitTree tree = new();
            SortedSet<int> model = [];
            int size = seed % 2 == 0 ? 300 : 300_000;
            for (int step = 0; step < 400; step++)
            {
                int key = chance.Below(size);
                int count = chance.Below(200);
                switch (chance.Below(4))
                {
                    case 0:
                        tree.Add(key);
                        model.Add(key);
                        break;
                    case 1:
                        tree.Remove(key);
                        model.Remove(key);
                        break;
                    case 2:
                        tree.AddRange(key, count);
                        model.UnionWith(Enumerable.Range(key, count));
                        break;
                    default:
                        tree.RemoveRange(key, count);
                        model.ExceptWith(Enumerable.Range(key, count));
                        break;
                }

                int probe = chance.Below(size + 500);
                Assert.Equal(model.Contains(probe), tree.Contains(probe));
                Assert.Equal(model.GetViewBetween(probe, int.MaxValue).Cast<int?>().FirstOrDefault() ?? -1, tree.Ceiling(probe));
                Assert.Equal(model.GetViewBetween(int.MinValue, probe).Reverse().Cast<int?>().FirstOrDefault() ?? -1, tree.Floor(probe));
                Assert.Equal(Enumerable.Range(probe, 150).TakeWhile(model.Contains).Count(), tree.RunLength(probe, 150));
            }
        }
    }

    [Fact]
    public void An_element_map_is_a_sorted_map()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SeededChance chance = new(seed);
            ElementMap map = new();
            SortedDictionary<int, int> model = [];
            int size = seed % 2 == 0 ? 200 : 100_000;
            for (int step = 0; step < 1_500; step++)
            {
                int key = chance.Below(size);
                if (chance.Below(3) > 0)
                {
                    map.Set(key, step);
                    model[key] = step;
                }
                else
                {
                    map.Remove(key);
                    model.Remove(key);
                }

                int probe = chance.Below(size);
                Assert.Equal(model.GetValueOrDefault(probe, -7), map.Get(probe, -7));
                int floor = model.Keys.LastOrDefault(k => k <= probe, -1);
                Assert.Equal(floor, map.Floor(probe, out int value));
                Assert.True(floor < 0 || model[floor] == value);
            }
        }
    }

    [Fact]
    public void Cover_counts_know_where_nothing_covers()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            SeededChance chance = new(seed);
            CoverCounts counts = new();
            int[] model = new int[400];
            List<(int Start, int Count)> held = [];
            for (int step = 0; step < 300; step++)
            {
                if (held.Count > 0 && chance.Below(3) == 0)
                {
                    int taken = chance.Below(held.Count);
                    counts.Add(held[taken].Start, held[taken].Count, -1);
                    Change(model, held[taken], -1);
                    held.RemoveAt(taken);
                }
                else
                {
                    int start = chance.Below(370);
                    (int Start, int Count) interval = (start, 1 + chance.Below(30));
                    counts.Add(interval.Start, interval.Count, 1);
                    Change(model, interval, 1);
                    held.Add(interval);
                }

                int at = chance.Below(400);
                while (at < 400)
                {
                    int next = counts.Stretch(at, 400, out bool covered);
                    Assert.InRange(next, at + 1, 400);
                    Assert.All(model[at..next], count => Assert.Equal(covered, count > 0));
                    Assert.True(next == 400 || !covered || model[next] == 0, "a covered stretch is taken whole");
                    at = next;
                }
            }
        }
    }

    [Fact]
    public void A_child_set_is_sorted_by_id_and_finds_its_neighbour()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SeededChance chance = new(seed);
            ChildSets sets = new();
            SortedDictionary<ElementId, int> model = [];
            int handle = ChildSets.None;
            for (int run = 1; run < 2_000; run++)
            {
                ElementId id = new((ulong)chance.Below(3), chance.NextUInt64(), 0, (ulong)run);
                if (run == 2)
                {
                    handle = sets.Begin((1, model.Keys.Single()), (2, id));
                }
                else if (run > 2)
                {
                    Assert.Equal(-1, sets.Find(handle, id, out int below));
                    Assert.Equal(model.LastOrDefault(pair => pair.Key < id, new(default, -1)).Value, below);
                    handle = sets.Add(handle, run, id);
                }

                model.Add(id, run);
                if (run >= 2)
                {
                    Assert.Equal(run, sets.Find(handle, id, out _));
                }
            }

            Assert.All(model, pair => Assert.Equal(pair.Value, sets.Find(handle, pair.Key, out _)));
        }
    }

    private static void Change(int[] model, (int Start, int Count) interval, int change)
    {
        for (int i = interval.Start; i < interval.Start + interval.Count; i++)
        {
            model[i] += change;
        }
    }
}
