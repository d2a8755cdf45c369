using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Row 20: the process dies at each step of admission, again and again, and starts from what its store holds.</summary>
public sealed class CrashTests
{
    private const int Events = 1_000;

    /// <summary>
    /// Steps 1 to 11 happen in memory: dying there loses what was not yet committed. Step 12 has three places of its own: before the store took
    /// the batch, after it did and before the replica knew, and before anybody was told.
    /// </summary>
    [Theory]
    [InlineData(1, CrashAt.BeforeCommit)]
    [InlineData(2, CrashAt.BeforeCommit)]
    [InlineData(3, CrashAt.BeforeCommit)]
    [InlineData(4, CrashAt.BeforeCommit)]
    [InlineData(5, CrashAt.BeforeCommit)]
    [InlineData(6, CrashAt.BeforeCommit)]
    [InlineData(7, CrashAt.BeforeCommit)]
    [InlineData(8, CrashAt.BeforeCommit)]
    [InlineData(9, CrashAt.BeforeCommit)]
    [InlineData(10, CrashAt.BeforeCommit)]
    [InlineData(11, CrashAt.BeforeCommit)]
    [InlineData(12, CrashAt.BeforeCommit)]
    [InlineData(12, CrashAt.AfterCommit)]
    [InlineData(12, CrashAt.BeforePublish)]
    public async Task Row_20_a_crash_at_any_step_loses_nothing_for_good_and_leaves_nothing_held_that_could_be_applied(int step, CrashAt place)
    {
        SeededChance chance = new((ulong)(step * 10) + (ulong)place);
        Event[] history = [.. Histories(chance)];
        string expected = ConvergenceTests.Deliver(history, 1).State;
        chance.Shuffle<Event>(history);

        await using MemoryEventStore store = new(new SeededChance(9), withKey: false);
        CrashingReplica replica = new(store);
        await replica.StartAsync();
        int crashes = 0;
        foreach (Event item in history)
        {
            bool dies = chance.Below(20) == 0;
            crashes += dies ? 1 : 0;
            if (replica.Give(item, dies ? place : CrashAt.Never))
            {
                await replica.StartAsync();
                Assert.DoesNotContain(
                    replica.Core.Pool.Entries, e => !e.IsShelved && EventGraphHasAll(replica.Core, e.Held)); // have, but never applied
            }
        }

        foreach (Event item in history) // what died with the process comes again by sync
        {
            replica.Give(item, CrashAt.Never);
        }

        Assert.InRange(crashes, 20, 100);
        Assert.Equal(expected, replica.State);
        Assert.Equal(0, replica.Core.Pool.Count);
        await replica.StartAsync();
        Assert.Equal(expected, replica.State);
    }

    private static IEnumerable<Event> Histories(IChance chance) => RandomHistory.Make(chance, Events, authors: 5, forks: false);

    private static bool EventGraphHasAll(ReplicaCore core, Event held)
    {
        int skip = 0;
        return core.State.Graph.FirstMissing(held, ref skip).IsNone;
    }

    public enum CrashAt
    {
        Never,
        BeforeCommit,
        AfterCommit,
        BeforePublish,
    }

    private sealed class CrashingReplica(MemoryEventStore store)
    {
        private readonly ReplicaOptions _options = new() { Genesis = Author.Genesis, Store = store, Chance = new SeededChance(4) };
        private readonly List<ReplicaEffect> _effects = [];

        public ReplicaCore Core { get; private set; } = null!;

        public string State => string.Join(',', Core.State.Clock.Canonical().Select(static n => n.Cid.ToString()[^8..]))
            + "|" + string.Join(',', Core.PublishedHeads) + "|" + Core.PublishedFrontier;

        public async Task StartAsync()
        {
            _effects.Clear();
            List<IncomingBlock> applied = [];
            List<IncomingBlock> held = [];
            await foreach (StoredBlock block in store.LoadAsync(Author.Genesis, CancellationToken.None))
            {
                (block.IsApplied ? applied : held).Add(new IncomingBlock(block.Bytes, block.Cid, null, SignatureVerified: false));
            }

            Core = new ReplicaCore(_options, TimeSpan.Zero);
            Core.Load(applied, held, ownTip: null);
        }

        /// <summary>Gives an event; true when the process died on it.</summary>
        public bool Give(Event item, CrashAt crash)
        {
            IncomingBlock block = new(item.Bytes, default, item, SignatureVerified: true);
            Core.Step(new BlocksInput([block], default, EventSource.Sync, null), TimeSpan.Zero, _effects);
            Core.Step(new TickInput(0), TimeSpan.Zero, _effects);
            for (int i = 0; i < _effects.Count; i++)
            {
                if (_effects[i] is not CommitEffect commit)
                {
                    continue;
                }

                if (crash == CrashAt.BeforeCommit)
                {
                    return true;
                }

                store.CommitAsync(commit.Batch.ToStoreBatch(Author.Genesis.Cid, 0), CancellationToken.None).AsTask().GetAwaiter().GetResult();
                if (crash == CrashAt.AfterCommit)
                {
                    return true;
                }

                Core.Step(new CommittedInput(), TimeSpan.Zero, _effects);
                if (crash == CrashAt.BeforePublish)
                {
                    return true;
                }
            }

            _effects.Clear();
            return false;
        }
    }
}
