using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;
using P2P.Node.Adapters;
using P2P.Testing;
using P2P.Testing.Network;

namespace P2P.Node.Tests;

/// <summary>
/// Clocks of documents between nodes: forks that travel, sessions that are shorter for them, and stamps that lie. Replica adversaries 28 and 36 with real
/// replicas, loops and streams: a lying or poisoned stamp changes bytes sent, never state.
/// </summary>
public sealed class ClockServiceTests
{
    private static readonly Genesis s_genesis = ClockWorld.Genesis;

    [Fact]
    public async Task The_first_session_that_could_use_a_stamp_opens_an_island_and_the_peer_gets_a_fork_of_it()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        await world.SettleAsync();

        (ClockMessage a, ClockMessage b) = (await world[0].HelloAsync(), await world[1].HelloAsync());
        Assert.NotEqual(default, a.Home);
        Assert.Equal(a.Home, b.Home);
        Assert.Equal(Id.One, a.Id.Sum(b.Id)); // nothing leaked, nothing twice
        Assert.All([world[0], world[1]], static s => Assert.Equal(0, s.Clocks.Refused(ClockRefusal.Malformed)));
    }

    [Fact]
    public async Task Four_nodes_that_started_alone_end_on_one_island_with_disjoint_ids()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(4);
        await world.SettleAsync();

        ClockMessage[] hellos = await Task.WhenAll(world.Sides.Select(static s => s.HelloAsync()));
        Assert.Single(hellos.Select(static h => h.Home).Distinct());
        Id all = Id.Zero;
        foreach (ClockMessage hello in hellos)
        {
            Assert.False(hello.Id.IsZero);
            Assert.True(all.TrySum(hello.Id, out Id? sum));
            all = sum;
        }
    }

    [Fact]
    public async Task A_resumed_session_is_shorter_with_honest_stamps_and_every_state_is_the_same()
    {
        Outcome off = await CatchUpAsync(static _ => null);
        Outcome honest = await CatchUpAsync(static s => s.Clocks);
        Outcome lying = await CatchUpAsync(static s => new Liar(s.Clocks, seed: 3));
        Outcome poisoned = await CatchUpAsync(static s => new Poisoner(s.Clocks));

        Assert.All([honest, lying, poisoned], o => Assert.Equal(off.Texts, o.Texts));
        Assert.True(honest.Bytes < off.Bytes, $"{honest.Bytes} bytes with stamps, {off.Bytes} without");
        Assert.NotEqual(honest.Bytes, lying.Bytes);
    }

    [Fact]
    public async Task A_fork_is_on_disk_at_both_ends_before_it_is_used_and_survives_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-clocks-").FullName;
        try
        {
            Id before;
            await using (ClockWorld world = await ClockWorld.StartAsync(2, index => Path.Combine(folder, $"{index}")))
            {
                await world.SettleAsync();
                before = (await world[1].HelloAsync()).Id;
                foreach (ClockSide side in world.Sides)
                {
                    ClockRecord stored = await side.Files.ReadAsync(s_genesis.Cid, CancellationToken.None);
                    Assert.Equal((await side.HelloAsync()).Id, stored.Identity.Stamp.Id);
                }
            }

            await using ClockWorld again = await ClockWorld.StartAsync(2, index => Path.Combine(folder, $"{index}"));
            Assert.Equal(before, (await again[1].HelloAsync()).Id);

            again[1].Clocks.Remove(s_genesis.Cid); // what a restored folder brings back is not used
            await again[1].Clocks.AddAsync(s_genesis.Cid, static () => [], static () => 0, isRestored: true, CancellationToken.None);
            Assert.True((await again[1].HelloAsync()).Id.IsZero);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_disk_that_fails_silences_the_clock_and_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-clocks-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, ClockFiles.FolderName), "in the way"); // no folder can be made here
            await using ClockWorld world = await ClockWorld.StartAsync(2, index => index == 0 ? folder : null);
            await world[0].WriteAsync("more");
            for (int i = 0; i < 6; i++)
            {
                await world.MeetAllAsync();
            }

            Assert.Equal(world[0].Replica.Status.FrontierHash, world[1].Replica.Status.FrontierHash);
            await world.UntilAsync(async () => await world[0].Clocks.AskAsync(s_genesis.Cid, static c => c, CancellationToken.None) is null);
            Assert.True(world[0].Clocks.Refused(ClockRefusal.StoreFailed) > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_leaver_gives_its_part_to_a_follower()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        await world.SettleAsync();
        Assert.True(await world[1].Clocks.LeaveAsync(s_genesis.Cid, TestNodes.Watchdog()));
        Assert.Equal(Id.One, (await world[0].HelloAsync()).Id);
        Assert.True((await world[1].HelloAsync()).Id.IsZero);
        Assert.False(await world[1].Clocks.LeaveAsync(s_genesis.Cid, TestNodes.Watchdog())); // nothing is left to give
    }

    [Fact]
    public async Task Nonsense_on_a_stream_and_documents_that_are_not_open_are_refused_by_name()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        LocalNode hostile = world.Network.AddNode();
        ClockStreams streams = new(hostile, SystemTime.Provider, CancellationToken.None);
        PeerId victim = world[0].Node.LocalPeer;
        Assert.Null(await streams.ExchangeAsync(victim, new byte[100], TestNodes.Watchdog()));
        Assert.Null(await streams.ExchangeAsync(victim, new byte[ClockMessage.BytesMax + 1], TestNodes.Watchdog()));
        ClockMessage other = new(Cid.ForDagCbor([9]), 0, default, Id.Zero, 1);
        Assert.Null(await streams.ExchangeAsync(victim, other.Encode(), TestNodes.Watchdog()));
        Assert.NotNull(await streams.ExchangeAsync(victim, (other with { Document = s_genesis.Cid }).Encode(), TestNodes.Watchdog()));

        Assert.Equal(2, world[0].Clocks.Refused(ClockRefusal.Malformed));
        Assert.Equal(1, world[0].Clocks.Refused(ClockRefusal.NotShared));
        await hostile.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_about_nothing_is_cut_at_once_and_one_that_stays_silent_after_ten_seconds()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        LocalNode asker = world.Network.AddNode();
        await world.Network.ConnectAllAsync(CancellationToken.None);
        ManualTime time = new(); // stands still: an answer that waits for the limit never comes
        ClockStreams streams = new(asker, time, CancellationToken.None);
        ClockMessage other = new(Cid.ForDagCbor([9]), 0, default, Id.Zero, 1);
        foreach (byte[] said in new[] { new byte[100], other.Encode() })
        {
            Assert.Null(await streams.ExchangeAsync(world[0].Node.LocalPeer, said, TestNodes.Watchdog()));
        }

        LocalNode silent = world.Network.AddNode();
        await world.Network.ConnectAllAsync(CancellationToken.None);
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<bool> cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        silent.Handle(ClockMessage.Protocol, (stream, _) => HoldAsync(stream, arrived, late.Task, cut), 1);
        Task<ClockMessage?> waiting = streams.ExchangeAsync(silent.LocalPeer, other.Encode(), TestNodes.Watchdog());
        await arrived.Task.WaitAsync(TestNodes.Watchdog());
        long before = streams.Refused(ClockRefusal.Unreachable);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(await waiting.WaitAsync(TestNodes.Watchdog()));
        Assert.Equal(before + 1, streams.Refused(ClockRefusal.Unreachable));
        late.SetResult();
        Assert.True(await cut.Task.WaitAsync(TestNodes.Watchdog()), "The stream was left open.");
        await silent.DisposeAsync();
        await asker.DisposeAsync();
    }

    [Fact]
    public async Task A_turn_that_a_clock_throws_out_of_silences_it_and_a_meeting_that_throws_ends_no_other()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        await world.SettleAsync();
        ClockService clocks = world[0].Clocks;
        long failed = clocks.Refused(ClockRefusal.StoreFailed);
        Cid broken = Cid.ForDagCbor([7]);
        await clocks.AddAsync(broken, static () => throw new InvalidOperationException("no followers"), static () => 0, false, CancellationToken.None);
        clocks.Meet(broken, world[1].Node.LocalPeer);
        await world.UntilAsync(() => Task.FromResult(clocks.Refused(ClockRefusal.StoreFailed) == failed + 1));
        Assert.False(clocks.Has(broken));

        foreach (Exception thrown in new Exception[] { new ClockOverflowException(), new ClockException(ClockError.Overlap, "overlap"), new UnauthorizedAccessException("no") })
        {
            failed = clocks.Refused(ClockRefusal.StoreFailed);
            await clocks.AddAsync(broken, static () => [], static () => 0, false, CancellationToken.None);
            Assert.Null(await clocks.AskAsync<ClockMessage>(broken, _ => throw thrown, CancellationToken.None));
            Assert.False(clocks.Has(broken));
            Assert.Equal(failed + 1, clocks.Refused(ClockRefusal.StoreFailed));
        }

        // The loop of meetings runs on: the other clock gives its id up and gets another one.
        Id before = (await world[0].HelloAsync()).Id;
        clocks.Alarm(s_genesis.Cid);
        await world.UntilAsync(async () => (await world[0].HelloAsync()).Id.IsZero);
        await world.SettleAsync();
        Assert.NotEqual(before, (await world[0].HelloAsync()).Id);
    }

    [Fact]
    public async Task A_poisoned_record_is_dropped_by_name_and_the_node_gets_an_identity_of_its_island_again()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2);
        await world.SettleAsync();
        ClockService clocks = world[0].Clocks;
        ClockRecord honest = await world[0].Files.ReadAsync(s_genesis.Cid, CancellationToken.None);
        Stamp poison = new(honest.Identity.Stamp.Id, EventTree.Leaf(ClockLimits.CounterMax));
        clocks.Remove(s_genesis.Cid);
        await world[0].Files.WriteAsync(s_genesis.Cid, (honest with { Identity = honest.Identity with { Stamp = poison } }).Encode(), CancellationToken.None);
        PeerId other = world[1].Node.LocalPeer;
        await clocks.AddAsync(s_genesis.Cid, () => [other], () => (ulong)world[0].Replica.Status.AppliedCount, false, CancellationToken.None);
        Assert.True((await world[0].HelloAsync()).Id.IsZero);
        Assert.Equal(1, clocks.Refused(ClockRefusal.Poisoned));
        await world[0].WriteAsync("again");
        await world.SettleAsync();
        Assert.Equal((await world[1].HelloAsync()).Home, (await world[0].HelloAsync()).Home);
    }

    [Fact]
    public async Task One_users_devices_fork_one_identity_write_apart_and_are_told_apart()
    {
        await using ClockWorld world = await ClockWorld.StartAsync(3);
        await world.SettleAsync();
        await world[0].WriteAsync("phone");
        await world[1].WriteAsync("laptop");
        IslandStamp[] stamps = [await world[0].ShowAsync(), await world[1].ShowAsync(), await world[2].ShowAsync()];
        Assert.Equal(ClockOrder.Concurrent, stamps[0].CompareTo(stamps[1]));

        for (int i = 0; i < 4; i++)
        {
            await world.MeetAllAsync();
        }

        IslandStamp tablet = await world[2].ShowAsync();
        Assert.True(stamps[0].Leq(tablet) && stamps[1].Leq(tablet)); // the third device has seen both
        Assert.Single(world.Sides.Select(static s => s.Replica.Status.FrontierHash).Distinct());
    }

    // Reads what is said and begins an answer; when it is to go on, the stream should be gone.
    private static async Task HoldAsync(Transport.Connections.PeerStream stream, TaskCompletionSource arrived, Task late, TaskCompletionSource<bool> cut)
    {
        byte[] buffer = new byte[4_096];
        while (await stream.Stream.ReadAsync(buffer, CancellationToken.None) > 0)
        {
            continue;
        }

        await stream.Stream.WriteAsync(new byte[] { 0xe8, 0x07 }, CancellationToken.None); // a thousand bytes would follow
        arrived.SetResult();
        await late;
        try
        {
            await stream.Stream.WriteAsync(new byte[1_000], CancellationToken.None);
            cut.SetResult(false);
        }
        catch (Transport.Connections.TransportException)
        {
            cut.SetResult(true);
        }
    }

    private static async Task<Outcome> CatchUpAsync(Func<ClockSide, ISyncHints?> hints)
    {
        await using ClockWorld world = await ClockWorld.StartAsync(2, hints: hints);
        await world.SettleAsync();
        long before = world.Bytes;
        for (int round = 0; round < 6; round++)
        {
            await world[round % 2].WriteAsync($"{round}");
            await world.MeetAllAsync();
        }

        await world.MeetAllAsync();
        Assert.Equal(world[0].Replica.Status.FrontierHash, world[1].Replica.Status.FrontierHash);
        return new Outcome(string.Join(',', world[0].Replica.Status.AppliedCount, world[1].Replica.Status.AppliedCount), world.Bytes - before);
    }

    /// <summary>What must be equal whatever the stamps say, and what need not be.</summary>
    private sealed record Outcome(string Texts, long Bytes);

    /// <summary>Says and believes something at random.</summary>
    private sealed class Liar(ISyncHints honest, ulong seed) : ISyncHints
    {
        private readonly SeededChance _chance = new(seed);

        public int AuthorsMin => honest.AuthorsMin;

        public bool Has(Cid document) => honest.Has(document);

        public ValueTask<ReadOnlyMemory<byte>> ShowAsync(Cid document, EventDigest events, CancellationToken cancellationToken) =>
            ValueTask.FromResult<ReadOnlyMemory<byte>>(
                new ClockHint(0, IslandStamp.Empty.MoveTo(new IslandId(1, 1), new Stamp(Id.Zero, EventTree.Leaf(_chance.Below(9))))).Encode());

        public ValueTask<bool> IsCoveredAsync(PeerId peer, Cid document, CancellationToken cancellationToken) => ValueTask.FromResult(_chance.Below(2) == 0);

        public ValueTask<HintAdvice> AdviseAsync(Cid document, ReadOnlyMemory<byte> hint, HintContext context, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_chance.Below(2) == 0 ? HintAdvice.PushOnly : HintAdvice.Reconcile);

        public ValueTask ObserveAsync(PeerId peer, Cid document, ClockOutcome outcome, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    /// <summary>Honest about what it does, and shows every peer a counter that no event explains.</summary>
    private sealed class Poisoner(ClockService clocks) : ISyncHints
    {
        public int AuthorsMin => clocks.AuthorsMin;

        public bool Has(Cid document) => clocks.Has(document);

        public ValueTask<ReadOnlyMemory<byte>> ShowAsync(Cid document, EventDigest events, CancellationToken cancellationToken) =>
            ValueTask.FromResult<ReadOnlyMemory<byte>>(
                new ClockHint(0, IslandStamp.Empty.MoveTo(new IslandId(1, 1), new Stamp(Id.Zero, EventTree.Leaf(1L << 62)))).Encode());

        public ValueTask<bool> IsCoveredAsync(PeerId peer, Cid document, CancellationToken cancellationToken) =>
            clocks.IsCoveredAsync(peer, document, cancellationToken);

        public ValueTask<HintAdvice> AdviseAsync(Cid document, ReadOnlyMemory<byte> hint, HintContext context, CancellationToken cancellationToken) =>
            clocks.AdviseAsync(document, hint, context, cancellationToken);

        public ValueTask ObserveAsync(PeerId peer, Cid document, ClockOutcome outcome, CancellationToken cancellationToken) =>
            clocks.ObserveAsync(peer, document, outcome, cancellationToken);
    }
}
