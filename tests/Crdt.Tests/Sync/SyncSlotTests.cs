using P2P.Core.Runtime;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;
using P2P.Testing;

namespace P2P.Crdt.Tests.Sync;

/// <summary>Who has a place among the sessions of a node, and who loses it to whom.</summary>
public sealed class SyncSlotTests
{
    private static readonly SyncOptions s_options = new();

    [Fact]
    public void Sixteen_peers_with_two_sessions_each_keep_no_newcomer_and_no_session_of_this_node_out()
    {
        SyncSlots slots = Hostile(16, at: TimeSpan.Zero);
        Assert.Equal(s_options.IncomingSessionsMax, slots.Count(isOpener: false));

        SyncSlots? mine = slots.Enter(Slot(99, TimeSpan.Zero, isOpener: true), s_options, out SyncSlot? victim);
        Assert.NotNull(mine);
        Assert.Null(victim);

        SyncSlots? after = slots.Enter(Slot(99, TimeSpan.Zero), s_options, out victim);
        Assert.NotNull(after);
        Assert.NotNull(victim); // somebody's second one, at once
        Assert.Equal(s_options.IncomingSessionsMax, after.Count(isOpener: false));
    }

    [Fact]
    public void When_every_peer_has_one_the_oldest_goes_after_its_turn_and_waits_a_turn_itself()
    {
        SyncSlots slots = SyncSlots.Empty;
        List<SyncSlot> running = [];
        for (int i = 0; i < s_options.IncomingSessionsMax; i++)
        {
            running.Add(Slot(i, TimeSpan.FromSeconds(i)));
            slots = slots.Enter(running[^1], s_options, out _)!;
        }

        TimeSpan turn = s_options.SessionTurn;
        Assert.Null(slots.Enter(Slot(99, turn - TimeSpan.FromTicks(1)), s_options, out SyncSlot? victim));
        Assert.Null(victim);

        slots = slots.Enter(Slot(99, turn), s_options, out victim)!;
        Assert.Same(running[0], victim);

        TimeSpan later = turn + TimeSpan.FromSeconds(5);
        Assert.Null(slots.Enter(Slot(0, later), s_options, out _)); // it had its turn
        Assert.NotNull(slots.Enter(Slot(100, later), s_options, out victim));
        Assert.Same(running[1], victim);
        Assert.NotNull(slots.Leave(running[2]).Enter(Slot(0, later), s_options, out _)); // a free place is free for all
        Assert.NotNull(slots.Enter(Slot(0, turn + turn), s_options, out _));
    }

    [Fact]
    public void Sessions_of_this_node_are_never_displaced_and_one_peer_has_its_share_only()
    {
        SyncSlots slots = SyncSlots.Empty;
        for (int i = 0; i < s_options.OutgoingSessionsMax; i++)
        {
            slots = slots.Enter(Slot(i, TimeSpan.Zero, isOpener: true), s_options, out _)!;
        }

        Assert.Null(slots.Enter(Slot(99, TimeSpan.FromHours(1), isOpener: true), s_options, out _));
        for (int i = 0; i < s_options.StreamsPerPeerMax; i++)
        {
            slots = slots.Enter(Slot(7, TimeSpan.FromHours(1)), s_options, out SyncSlot? victim)!;
            Assert.Null(victim);
        }

        Assert.Null(slots.Enter(Slot(7, TimeSpan.FromHours(1)), s_options, out _));
    }

    [Fact]
    public async Task A_session_that_loses_its_place_ends_by_name_and_is_counted()
    {
        using CancellationTokenSource watchdog = new(TimeSpan.FromMinutes(2));
        DocumentSync sync = new(s_options, static _ => null, (new ManualTime(), PoolSpawner.Instance, new SeededChance(1)));
        List<Task<SyncReport>> hostile = [];
        for (int i = 0; i < 2 * s_options.IncomingSessionsMax; i++)
        {
            hostile.Add(sync.ServeAsync(new SilentChannel(), AdversarialTests.Peer(i % 16), watchdog.Token));
        }

        Task<SyncReport> honest = sync.ServeAsync(new SilentChannel(), AdversarialTests.Peer(99), watchdog.Token);
        Task<SyncReport> mine = sync.OpenAsync(new SilentChannel(), AdversarialTests.Peer(1), [Author.Genesis.Cid], watchdog.Token);
        while (sync.Refused(SyncRefusal.Displaced) == 0 && !watchdog.IsCancellationRequested)
        {
            await Task.WhenAny(hostile.Where(static h => !h.IsCompleted).Append(Task.Delay(50, watchdog.Token)));
        }

        Assert.Equal((s_options.IncomingSessionsMax, 1), ((int)sync.Refused(SyncRefusal.Busy), (int)sync.Refused(SyncRefusal.Displaced)));
        Assert.False(honest.IsCompleted);
        Assert.False(mine.IsCompleted);
        watchdog.Cancel();
        await Task.WhenAll([.. hostile, honest, mine]);
    }

    private static SyncSlots Hostile(int peers, TimeSpan at)
    {
        SyncSlots slots = SyncSlots.Empty;
        for (int i = 0; i < peers * s_options.StreamsPerPeerMax; i++)
        {
            slots = slots.Enter(Slot(i % peers, at), s_options, out _)!;
        }

        return slots;
    }

    private static SyncSlot Slot(int peer, TimeSpan at, bool isOpener = false) => new(AdversarialTests.Peer(peer), isOpener, at);

    private sealed class SilentChannel : ISyncChannel
    {
        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CloseWriteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
