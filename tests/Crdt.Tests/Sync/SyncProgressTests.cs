using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>A session is held open by what it brings, not by what is said in it.</summary>
public sealed class SyncProgressTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Chatter => ["get of nothing", "get of the same", "end of nothing", "known events"];

    [Theory]
    [MemberData(nameof(Chatter))]
    public void Chatter_that_brings_neither_side_anything_ends_the_session_by_name(string kind)
    {
        SyncSide victim = new(1);
        Event held = victim.Give([new Author(3).Write()])[0];
        Agree(victim);
        SyncMessage idle = kind switch
        {
            "get of nothing" => new GetMessage(Author.Genesis.Cid, [new Author(4).Write().Cid]),
            "get of the same" => new GetMessage(Author.Genesis.Cid, [held.Cid]),
            "end of nothing" => new PackEndMessage(Author.Genesis.Cid, 0, []),
            _ => new PackMessage(Author.Genesis.Cid, [held]),
        };
        TimeSpan before = victim.Now;
        for (int i = 0; i < 100 && !victim.Session.HasEnded; i++)
        {
            victim.Now += s_step;
            victim.Step(new SyncReceived(idle, 200));
            victim.Step(new SyncTicked());
        }

        Assert.Equal(SyncRefusal.NoProgress, victim.Session.Report.Refusal);
        Assert.InRange(victim.Now - before, victim.Options.ProgressTimeout, victim.Options.ProgressTimeout + s_step);
    }

    [Fact]
    public void A_slow_peer_that_brings_new_events_is_heard_to_the_end()
    {
        List<Event> chain = new Author(1).Chain(3_000);
        SyncSide victim = new(1);
        Agree(victim);
        foreach (Event[] frame in chain.Chunk(200))
        {
            int bytes = frame.Sum(static e => e.Bytes.Length);
            victim.Now += TimeSpan.FromSeconds((double)bytes / victim.Options.ProgressBytesPerSecond);
            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, frame), bytes));
            victim.Step(new SyncTicked());
        }

        Assert.True(victim.Now > victim.Options.ProgressTimeout * 2);
        Assert.False(victim.Session.HasEnded);
        Assert.Equal(3_000, victim.Session.Report.EventsAccepted);
    }

    [Fact]
    public void A_trickle_of_new_events_does_not_hold_a_place()
    {
        List<Event> chain = new Author(1).Chain(200);
        SyncSide victim = new(1);
        Agree(victim);
        int given = 0;
        while (given < chain.Count && !victim.Session.HasEnded)
        {
            victim.Now += s_step;
            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, [chain[given++]]), 300));
            victim.Step(new SyncTicked());
        }

        Assert.Equal(SyncRefusal.NoProgress, victim.Session.Report.Refusal);
        Assert.InRange(given, 6, 12);
        Assert.Equal(given, victim.Replica.Published.Count); // what came stays
    }

    [Fact]
    public void A_disk_that_is_slow_here_is_not_the_peers_fault()
    {
        SyncSide victim = new(1) { IsSlow = true };
        Agree(victim);
        victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, new Author(1).Chain(10)), 2_000));
        for (int i = 0; i < 20; i++)
        {
            victim.Now += s_step;
            victim.Step(new SyncTicked());
        }

        Assert.False(victim.Session.HasEnded);
        victim.Step(victim.Insert(victim.Inserting.Dequeue()));
        victim.Step(new SyncTicked());
        Assert.False(victim.Session.HasEnded);
    }

    // The victim answers an Open that claims what it has itself.
    private static void Agree(SyncSide victim)
    {
        SyncSummary mine = new SyncIndex(victim.Replica.Core).Summarise(SyncProtocol.AuthorsMax);
        victim.Open(isOpener: false, nonce: 2);
        victim.Step(new SyncReceived(new SummaryMessage(true, new byte[16], [mine]), 1));
        Assert.False(victim.Session.HasEnded);
    }
}
