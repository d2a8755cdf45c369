using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>The tables of the fold against a dictionary: what they find is a function of what was put in and taken out.</summary>
public sealed class HandleTableTests
{
    [Fact]
    public void Handles_are_found_replaced_and_removed_as_in_a_dictionary()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            SeededChance chance = new(seed);
            List<EventDigest> keys = [];
            HandleTable table = new(handle => keys[handle]);
            Dictionary<EventDigest, int> model = [];
            int range = 1 + chance.Below(600);
            if (seed % 3 == 0)
            {
                table.Reserve(range);
            }

            for (int step = 0; step < 4_000; step++)
            {
                EventDigest key = KeyOf(chance.Below(range));
                keys.Add(key); // a handle of its own for every step
                if (!model.TryGetValue(key, out int known))
                {
                    Assert.Equal((seed, step, -1), (seed, step, table.Find(key)));
                    table.Remove(key); // is not there
                    table.Add(key, keys.Count - 1);
                    model.Add(key, keys.Count - 1);
                }
                else if (chance.Below(3) > 0)
                {
                    Assert.Equal((seed, step, known), (seed, step, table.Find(key)));
                    table.Remove(key);
                    model.Remove(key);
                }
                else
                {
                    table.Replace(key, keys.Count - 1);
                    model[key] = keys.Count - 1;
                }

                Assert.Equal(model.Count, table.Count);
            }

            for (int i = 0; i < range; i++)
            {
                Assert.Equal(model.GetValueOrDefault(KeyOf(i), -1), table.Find(KeyOf(i)));
            }
        }
    }

    [Fact]
    public void A_handle_is_used_again_and_names_the_new_record_only()
    {
        RecordTable records = new();
        int[] handles = [.. Enumerable.Range(0, 5_000).Select(i => records.FindOrAdd(KeyOf(i)))];
        Assert.Equal(Enumerable.Range(0, 5_000), handles);
        records[7].Height = 9;
        records.Remove(7);
        Assert.Equal(-1, records.Find(KeyOf(7)));
        Assert.Equal(7, records.FindOrAdd(KeyOf(6_000)));
        Assert.Equal((0UL, KeyOf(6_000)), (records[7].Height, records[7].Id));
        Assert.Equal(4_999, records.Find(KeyOf(4_999)));
        Assert.Equal(5_000, records.FindOrAdd(KeyOf(7)));
    }

    private static EventDigest KeyOf(int number) => EventDigest.Sha256(BitConverter.GetBytes(number));
}
