using System.Globalization;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Queries;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T5, T8 (cultures) and T11 of federation §9.</summary>
public sealed class ShardTests
{
    private static readonly int[] s_shards = [1, 2, 7, 64];
    private static readonly int[] s_threads = [1, 2, 8];

    private static readonly ShardPlan[] s_plans =
    [
        new(),
        new() { HidesShadowed = false, Count = 17, Offset = 3 },
        new() { Scan = new ScanQuery { Type = "artifact", HeightMin = 3, HeightMax = 40 } },
        new() { Scan = new ScanQuery { Tag = 1 } },
        new() { Filters = [new FilterQuery { Field = "seq", Min = 2, Max = 9 }] },
        new() { Filters = [new FilterQuery { Field = "t", Prefix = new byte[] { 0x61, (byte)'e' } }] },
    ];

    [Fact]
    public async Task Final_state_order_and_every_plan_are_the_same_for_any_count_of_shards_and_threads()
    {
        Event[] history = [.. IndependentFoldTests.Admitted(RandomRecords.Make(new SeededChance(11), 260, 4, forks: true))];
        ReplayResult expected = await States.FreshAsync(history);
        RecordSet records = new(VisibleSet.Of(Replication.Author.Genesis, history).Ordered.Select(SnapshotRecords.Describe));
        IReadOnlyList<Cid>[] answers = await RunAsync(records, 1, 1, DraftDefects.None);
        Assert.All(answers, static a => Assert.NotEmpty(a));
        Assert.Equal(QueryOperators.Shadow(records, QueryOperators.Scan(records, new ScanQuery())), answers[0]);
        foreach (int shards in s_shards)
        {
            foreach (int threads in s_threads)
            {
                ReplayResult result = await States.FreshAsync(history, new ReplayOptions { Shards = shards, Threads = threads });
                Assert.Equal((expected.FinalState, expected.OrderHash, expected.Count), (result.FinalState, result.OrderHash, result.Count));
                Assert.Equal(answers, await RunAsync(records, shards, threads, DraftDefects.None));
            }
        }

        // Control: without the broadcast join of tombstones the shards would matter.
        Assert.NotEqual(answers, await RunAsync(records, 7, 1, DraftDefects.ShadowPerShard));
    }

    [Fact]
    public async Task Culture_has_no_influence_and_a_hash_table_s_order_would()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        Event[] history = [.. IndependentFoldTests.Admitted(RandomRecords.Make(new SeededChance(12), 80, 3, forks: false))];
        try
        {
            List<(EventDigest State, EventDigest Order)> results = [];
            foreach (CultureInfo culture in new[] { CultureInfo.InvariantCulture, Culture("tr-TR"), Culture("th-TH") })
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;
                ReplayResult result = await States.FreshAsync(history);
                results.Add((result.FinalState, result.OrderHash));
            }

            Assert.Single(results.Distinct());
            ReplayResult unordered = await States.FreshAsync(history, new ReplayOptions { Defects = DraftDefects.DictionaryOrder });
            Assert.NotEqual(results[0].Order, unordered.OrderHash);
        }
        finally
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = before;
        }
    }

    [Fact]
    public async Task An_incomplete_cut_names_exactly_what_is_missing_and_then_completes()
    {
        Event[] history = [.. IndependentFoldTests.Admitted(RandomRecords.Make(new SeededChance(13), 60, 3, forks: false))];
        Cid[] heads = [.. history.Where(e => !history.Any(o => o.Previous == e.Cid || o.Dependencies.Contains(e.Cid))).Select(static e => e.Cid)];
        MemoryContentSource source = States.Source(history);
        ReplayResult whole = await Replayer.ReplayAsync(heads, source);
        foreach (Event gone in history)
        {
            source.Remove(gone.Cid);
            ReplayResult result = await Replayer.ReplayAsync(heads, source);
            Assert.Equal(ReplayVerdict.Incomplete, result.Verdict);
            Assert.Equal([gone.Cid], result.Missing); // what is below it is named once it is here
            Assert.Equal((null, 0UL), (result.State, result.Count));
            source.Add([gone]);
        }

        Assert.Equal(whole.State, (await Replayer.ReplayAsync(heads, source)).State);
    }

    [Fact]
    public void One_more_record_costs_a_logarithm_of_hashes()
    {
        StateTrie<byte[]> trie = new(BytesForm.Instance);
        DagCborWriter writer = new();
        for (int i = 0; i < 200_000; i++)
        {
            writer.Clear();
            writer.WriteUInt((ulong)i);
            trie.Put(writer.WrittenSpan, [0x81, .. writer.WrittenSpan]);
            if (i is 999 or 199_998)
            {
                _ = trie.Root();
            }
        }

        long before = trie.HashedNodes;
        _ = trie.Root();
        Assert.InRange(trie.HashedNodes - before, 2, 7);
    }

    // Without ICU there is none of that name: then one with other signs and separators.
    private static CultureInfo Culture(string name)
    {
        try
        {
            return CultureInfo.GetCultureInfo(name);
        }
        catch (CultureNotFoundException)
        {
            CultureInfo strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            strange.NumberFormat.NegativeSign = "~";
            strange.NumberFormat.NumberGroupSeparator = "'";
            strange.NumberFormat.NumberDecimalSeparator = ",";
            return strange;
        }
    }

    private static async Task<IReadOnlyList<Cid>[]> RunAsync(RecordSet records, int shards, int threads, DraftDefects defects)
    {
        ShardedRecords sharded = new(records, shards, defects);
        List<IReadOnlyList<Cid>> answers = [];
        foreach (ShardPlan plan in s_plans)
        {
            answers.Add(await sharded.RunAsync(plan, threads, PoolSpawner.Instance));
        }

        return [.. answers];
    }
}
