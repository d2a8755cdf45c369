using System.Security.Cryptography;
using P2P.Core.Encoding;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>The trie of a state list against the definition of its root, written down here once more from federation §7.</summary>
public sealed class StateTrieTests
{
    [Fact]
    public void Whatever_was_put_and_removed_in_whatever_batches_the_root_is_that_of_the_set()
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            SeededChance chance = new(seed);
            StateTrie<byte[]> trie = new(BytesForm.Instance);
            SortedDictionary<int, byte[]> model = [];
            int keys = 10 + chance.Below(4_000);
            for (int round = 0; round < 8; round++)
            {
                bool shrinks = round % 3 == 2; // inner nodes become leaves again
                for (int change = chance.Below(3_000); change > 0; change--)
                {
                    int key = chance.Below(keys);
                    if (chance.Below(10) < (shrinks ? 9 : 2))
                    {
                        trie.Remove(First(key));
                        model.Remove(key);
                    }
                    else
                    {
                        byte[] entry = Entry(key, (ulong)chance.Below(1_000));
                        trie.Put(First(key), entry);
                        model[key] = entry;
                    }
                }

                Assert.Equal((seed, round, RootOf(model)), (seed, round, trie.Root().ToString()));
            }

            foreach (int key in model.Keys)
            {
                trie.Remove(First(key));
            }

            Assert.Equal(new StateTrie<byte[]>(BytesForm.Instance).Root(), trie.Root());
        }
    }

    [Fact]
    public void Entries_put_one_by_one_and_all_at_once_hash_alike_and_unchanged_nodes_are_not_hashed_again()
    {
        StateTrie<byte[]> single = new(BytesForm.Instance);
        StateTrie<byte[]> batch = new(BytesForm.Instance);
        for (int key = 0; key < 3_000; key++)
        {
            single.Put(First(key), Entry(key, 1));
            _ = single.Root();
            batch.Put(First(key), Entry(key, 1));
        }

        Assert.Equal(single.Root(), batch.Root());
        Assert.True(batch.HashedNodes * 10 < single.HashedNodes, $"{batch.HashedNodes} of {single.HashedNodes}");
        long before = batch.HashedNodes;
        batch.Remove(First(3_000)); // is not there
        _ = batch.Root();
        Assert.Equal(before, batch.HashedNodes);
    }

    private static byte[] First(int key)
    {
        DagCborWriter writer = new(16);
        writer.WriteUInt((ulong)key);
        return writer.ToArray();
    }

    private static byte[] Entry(int key, ulong value)
    {
        DagCborWriter writer = new(16);
        writer.WriteArrayStart(2);
        writer.WriteUInt((ulong)key);
        writer.WriteUInt(value);
        return writer.ToArray();
    }

    private static string RootOf(SortedDictionary<int, byte[]> model) => Convert.ToHexStringLower(
        HashOf([.. model.Select(static e => (Convert.ToHexStringLower(SHA256.HashData(First(e.Key))), e.Value))], 0));

    private static byte[] HashOf((string Path, byte[] Entry)[] entries, int depth)
    {
        if (entries.Length <= 32)
        {
            DagCborWriter array = new();
            array.WriteArrayStart(entries.Length);
            return SHA256.HashData([0, .. array.ToArray(), .. entries.OrderBy(static e => Convert.ToHexStringLower(e.Entry), StringComparer.Ordinal).SelectMany(static e => e.Entry)]);
        }

        return SHA256.HashData([1, .. "0123456789abcdef".SelectMany(digit =>
        {
            (string, byte[])[] below = [.. entries.Where(e => e.Path[depth] == digit)];
            return below.Length == 0 ? new byte[32] : HashOf(below, depth + 1);
        })]);
    }
}
