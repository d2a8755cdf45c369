using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Presence;
using P2P.Node.Documents;
using P2P.PubSub;
using P2P.Testing;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>Presence over gossip, on an in-process network whose clock stands still unless moved.</summary>
public sealed class PresenceLoopTests
{
    private const int Timeout = 120_000; // of a whole test: the watchdog of every loop in it

    // Virtual time may outrun threads: a write that waits for one must not count as stalled.
    private static readonly PubSubOptions s_patient = new() { WriteTimeout = TimeSpan.FromHours(1) };

    private static readonly Cid s_document = Cid.ForDagCbor([7]);
    private static readonly PresencePlace s_place = new(Cid.ForDagCbor([8]), 3);

    [Fact(Timeout = Timeout)]
    public async Task Three_nodes_in_a_row_see_each_other_and_lose_who_falls_silent()
    {
        await using World world = new(3);
        await world.ConnectAsync(0, 1);
        await world.ConnectAsync(1, 2);
        await world[1].JoinAsync(CancellationToken.None);
        for (int i = 0; i < 3; i++)
        {
            await world[i].PostAsync(new PresenceInput(PresenceInputKind.Show) { Name = $"n{i}", Colour = (uint)i }, CancellationToken.None);
        }

        await world.PassUntilAsync(() => world.Loops.All(static l => l.Others.Count == 2));
        Assert.Equal(["n1", "n2"], world[0].Others.Select(static o => o.Message.Name).Order(StringComparer.Ordinal));

        await world[2].PostAsync(new PresenceInput(PresenceInputKind.Leave), CancellationToken.None);
        await world.PassUntilAsync(() => world.Loops.Take(2).All(static l => l.Others.Count == 1));
        Assert.Equal("n0", Assert.Single(world[1].Others).Message.Name);
    }

    [Fact(Timeout = Timeout)]
    public async Task Of_two_moves_that_arrive_in_the_wrong_order_the_one_asked_for_last_counts()
    {
        await using World world = new(2);
        await world.ConnectAsync(0, 1);
        await world[1].JoinAsync(CancellationToken.None);
        await world[0].PostAsync(new PresenceInput(PresenceInputKind.Show) { Name = "n0" }, CancellationToken.None);
        long move = world[0].NextCall();
        long hide = world[0].NextCall();
        long last = world[0].NextCall();
        PresenceInput moved = new(PresenceInputKind.Move) { Caret = new PresenceCaret(default, null) };
        await world[0].PostAsync(new PresenceInput(PresenceInputKind.Move), hide, CancellationToken.None);
        await world[0].PostAsync(moved, move, CancellationToken.None);
        await world.PassUntilAsync(() => world[1].Others.Count == 1);
        for (int i = 0; i < 20; i++)
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(100)); // what is placed would have been told by now
            await world.UntilAsync(static () => true);
            await world[0].JoinAsync(CancellationToken.None);
        }

        Assert.Equal(0, world.Placed);
        await world[0].PostAsync(moved, last, CancellationToken.None);
        await world.PassUntilAsync(() => world[1].Others is [{ Message.Cursor: not null }]);
        Assert.NotEqual(0, world.Placed);
    }

    [Fact]
    public void A_call_that_a_newer_one_undid_is_left_out_in_whatever_order_they_arrive()
    {
        PresenceInput move = new(PresenceInputKind.Move) { Caret = new PresenceCaret(default, null) };
        PresenceInput show = new(PresenceInputKind.Show) { Name = "n" };
        PresenceInput leave = new(PresenceInputKind.Leave);
        PresenceCalls calls = new();
        long[] places = [.. Enumerable.Range(0, 6).Select(_ => calls.Next())];

        Assert.Same(leave, calls.Take(leave, places[2]));
        Assert.Null(calls.Take(move, places[1])); // asked for before leaving: the caret stays away
        Assert.Null(calls.Take(show, places[0]));
        Assert.Same(show, calls.Take(show, places[4]));
        PresenceInput? late = calls.Take(leave, places[3]); // left, then shown again: the caret is gone, the name stays
        Assert.Equal((PresenceInputKind.Move, (PresenceCaret?)null), (late!.Kind, late.Caret));
        Assert.Same(move, calls.Take(move, places[5]));
        Assert.Null(calls.Take(leave, places[3]));
        Assert.Same(PresenceInput.Tick, calls.Take(PresenceInput.Tick, 0));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_document_nobody_asks_about_joins_no_topic_and_has_no_timer()
    {
        await using World world = new(1);
        TimeSpan? before = world.Time.NextDue;
        await using PresenceLoop loop = world.NewLoop(0);
        Assert.Empty(await world.Gossip(0).GetStatusAsync());
        Assert.Equal(before, world.Time.NextDue);
    }

    [Fact(Timeout = Timeout)]
    public async Task Nonsense_is_refused_by_name_and_does_not_travel()
    {
        await using World world = new(3);
        await world.ConnectAsync(0, 1);
        await world.ConnectAsync(1, 2);
        await world[1].JoinAsync(CancellationToken.None);
        await world[2].JoinAsync(CancellationToken.None);
        GossipTopic hostile = await world.Gossip(0).SubscribeAsync(PresenceCodec.TopicOf(s_document), TopicOptions.Signed);
        await world.MeshAsync(hostile);
        await hostile.PublishAsync(new byte[400]);
        await hostile.PublishAsync("nonsense"u8.ToArray());
        await hostile.PublishAsync(PresenceCodec.Encode(new PresenceMessage("fine", 1, s_place, null, 9)));
        await world.UntilAsync(() => world[1].Judged == 3 && world[2].Others.Count == 1);
        await hostile.PublishAsync(PresenceCodec.Encode(new PresenceMessage("older", 1, s_place, null, 8)));
        await world.UntilAsync(() => world[1].Refused(PresenceRefusal.Stale) == 1);

        Assert.Equal((1, 1), (world[1].Refused(PresenceRefusal.Size), world[1].Refused(PresenceRefusal.Schema)));
        Assert.Equal((0, 0, 0), (world[2].Refused(PresenceRefusal.Size), world[2].Refused(PresenceRefusal.Schema), world[2].Refused(PresenceRefusal.Stale)));
        Assert.Equal("fine", Assert.Single(world[2].Others).Message.Name);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_flood_is_dropped_at_the_first_honest_node()
    {
        await using World world = new(3);
        await world.ConnectAsync(0, 1);
        await world.ConnectAsync(1, 2);
        await world[1].JoinAsync(CancellationToken.None);
        await world[2].JoinAsync(CancellationToken.None);
        GossipTopic hostile = await world.Gossip(0).SubscribeAsync(PresenceCodec.TopicOf(s_document), TopicOptions.Signed);
        await world.MeshAsync(hostile);
        const int Sent = 200;
        for (int i = 0; i < Sent; i++)
        {
            await hostile.PublishAsync(PresenceCodec.Encode(new PresenceMessage("flood", 1, s_place, null, (ulong)i + 1)));
        }

        await world.UntilAsync(() => world[1].Judged == Sent);
        Assert.InRange(world[1].Refused(PresenceRefusal.None), 1, new PresenceOptions().Burst); // time stands still
        Assert.InRange(world[2].Judged, 0, world[1].Refused(PresenceRefusal.None)); // what was refused went no further
    }

    private sealed class World : IAsyncDisposable
    {
        private readonly List<LocalNode> _nodes = [];
        private readonly List<GossipNetwork> _gossip = [];
        private readonly LocalNetwork _network = new(seed: 3);
        private int _placed;

        public World(int nodes)
        {
            for (int i = 0; i < nodes; i++)
            {
                LocalNode node = _network.AddNode();
                TransportRuntime runtime = new(Time, PoolSpawner.Instance, new SeededChance((ulong)i + 1), NullLogger.Instance);
                _nodes.Add(node);
                _gossip.Add(GossipNetwork.Start(node, s_patient, runtime));
                Loops.Add(NewLoop(i));
            }
        }

        public ManualTime Time { get; } = new();

        /// <summary>How often a caret was placed.</summary>
        public int Placed => Volatile.Read(ref _placed);

        public List<PresenceLoop> Loops { get; } = [];

        public PresenceLoop this[int index] => Loops[index];

        public GossipNetwork Gossip(int index) => _gossip[index];

        public PresenceLoop NewLoop(int index)
        {
            PresencePorts ports = new(
                _gossip[index], s_document, _nodes[index].LocalPeer, _ =>
                {
                    Interlocked.Increment(ref _placed);
                    return Task.FromResult<(PresencePlace, PresencePlace?)?>((s_place, null));
                });
            return new PresenceLoop(ports, new PresenceOptions(), Time, PoolSpawner.Instance);
        }

        public Task ConnectAsync(int a, int b) => _nodes[a].ConnectAsync(_nodes[b].LocalPeer, CancellationToken.None);

        /// <summary>Until node 1 passes messages on between node 0 and node 2.</summary>
        public async Task MeshAsync(GossipTopic hostile)
        {
            await hostile.WaitForPeersAsync(1);
            bool isMeshed = false;
            while (!isMeshed)
            {
                Time.Advance(TimeSpan.FromSeconds(1));
                await TurnAsync();
                isMeshed = (await _gossip[1].GetStatusAsync()).Any(static t => t.Mesh.Count == 2);
            }
        }

        /// <summary>Until something holds, while time stands still.</summary>
        public async Task UntilAsync(Func<bool> condition)
        {
            while (!condition())
            {
                await TurnAsync();
            }
        }

        /// <summary>Lets virtual time run until something holds; between two steps real threads get a turn.</summary>
        public async Task PassUntilAsync(Func<bool> condition)
        {
            while (!condition())
            {
                Time.Advance(TimeSpan.FromMilliseconds(100));
                for (int i = 0; i < 20 && !condition(); i++)
                {
                    await TurnAsync();
                }
            }
        }

        private async Task TurnAsync()
        {
            await Task.Yield();
            foreach (GossipNetwork gossip in _gossip)
            {
                await gossip.GetStatusAsync(); // a turn of its loop
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (PresenceLoop loop in Loops)
            {
                await loop.DisposeAsync();
            }

            foreach (GossipNetwork gossip in _gossip)
            {
                await gossip.DisposeAsync();
            }

            foreach (LocalNode node in _nodes)
            {
                await node.DisposeAsync();
            }
        }
    }
}
