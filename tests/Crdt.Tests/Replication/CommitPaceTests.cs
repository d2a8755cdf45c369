using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Events that came unasked and wait for their links do not stand before the first event somebody can read.</summary>
public sealed class CommitPaceTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(100);
    private readonly List<Event> _chain = new Author(81).Chain(3);
    private readonly ReplicaCore _core = new(new CoreBench().Options with { HeldDelay = s_delay }, TimeSpan.Zero);

    [Fact]
    public void They_go_to_the_store_after_a_while()
    {
        Assert.Empty(Give(EventSource.Broadcast, TimeSpan.Zero, _chain[1], _chain[2]));
        Assert.Equal(2, _core.Pool.Count);
        Assert.True(_core.HasStaged);
        Assert.Equal(s_delay, _core.NextDue);
        Assert.Empty(Tick(s_delay - TimeSpan.FromTicks(1)));
        Assert.Equal(2, Assert.Single(Tick(s_delay)).Held.Count);
        Assert.False(_core.HasStaged);
        Assert.True(_core.NextDue > s_delay);
    }

    [Fact]
    public void They_are_not_in_the_commit_of_what_can_be_read_before()
    {
        Give(EventSource.Broadcast, TimeSpan.Zero, _chain[2]);
        StagedBatch first = Assert.Single(Give(EventSource.Sync, TimeSpan.Zero, new Author(82).Write()));
        Assert.Empty(first.Held);
        Assert.Single(first.Applied);
        Committed();
        Assert.Equal([_chain[2].Cid], Assert.Single(Tick(s_delay)).Held.Keys);
    }

    [Fact]
    public void They_are_never_written_as_waiting_when_their_links_come_in_time()
    {
        Give(EventSource.Broadcast, TimeSpan.Zero, _chain[1], _chain[2]);
        StagedBatch all = Assert.Single(Give(EventSource.Sync, s_delay / 2, _chain[0]));
        Assert.Equal(3, all.Applied.Count);
        Assert.Empty(all.Held);
        Committed();
        Assert.Empty(Tick(s_delay * 2));
        Assert.False(_core.HasStaged);
    }

    [Fact]
    public void They_go_at_once_when_nothing_comes_any_more()
    {
        Give(EventSource.Broadcast, TimeSpan.Zero, _chain[1]);
        List<ReplicaEffect> effects = [];
        _core.Step(new TickInput(0, IsLast: true), TimeSpan.Zero, effects);
        Assert.Single(Assert.Single(effects.OfType<CommitEffect>()).Batch.Held);
        Assert.False(_core.HasStaged);
    }

    [Fact]
    public void What_was_asked_for_does_not_wait()
    {
        Assert.Single(Assert.Single(Give(EventSource.Sync, TimeSpan.Zero, _chain[1])).Held);
    }

    private List<StagedBatch> Give(EventSource source, TimeSpan now, params Event[] events)
    {
        List<ReplicaEffect> effects = [];
        IncomingBlock[] blocks = [.. events.Select(static e => new IncomingBlock(e.Bytes, default, e, SignatureVerified: true))];
        _core.Step(new BlocksInput(blocks, AdversarialTests.Peer(3), source, null), now, effects);
        return [.. effects.OfType<CommitEffect>().Select(static c => c.Batch), .. Tick(now)];
    }

    private List<StagedBatch> Tick(TimeSpan now)
    {
        List<ReplicaEffect> effects = [];
        _core.Step(new TickInput(0), now, effects);
        return [.. effects.OfType<CommitEffect>().Select(static c => c.Batch)];
    }

    private void Committed() => _core.Step(new CommittedInput(), TimeSpan.Zero, []);
}
