using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Routing;
using P2P.Dht.Serving;
using P2P.Dht.Tests.Simulation;
using P2P.Dht.Wire;

namespace P2P.Dht.Tests.Engine;

public sealed class KadEngineTests
{
    private static readonly PeerId s_self = Ids.Peer(-1);
    private static readonly Multihash s_hash = Multihash.Sha256("content"u8);

    private readonly SimPeers _peers = new(s_self, Ids.Address(1));
    private readonly List<KadEffect> _effects = [];
    private TimeSpan _now;

    [Fact]
    public void A_provide_into_an_empty_table_is_told_to_the_first_peer_within_half_a_second()
    {
        SimNetwork network = new(1, new KadOptions());
        SimNode a = network.Add();
        SimNode b = network.Add();
        KadOutcome outcome = network.RunToEnd(a, Provide()).Outcome!;
        Assert.Equal((KadError.None, 0, 0), (outcome.Error, outcome.Sent, outcome.Failed));

        network.Connect(a, b);
        network.Run(TimeSpan.FromMilliseconds(500));
        Assert.Equal(a.Id, Assert.Single(Held(network, b)).Peer);
    }

    [Fact]
    public void A_provide_is_repeated_to_peers_that_join_later_or_come_back_empty()
    {
        SimNetwork network = new(2, new KadOptions());
        network.Grow(5);
        Assert.Equal(4, network.RunToEnd(network.Nodes[0], Provide()).Outcome!.Sent);

        SimNode late = network.Add();
        network.Connect(late, network.Nodes[0]);
        network.Run(TimeSpan.FromSeconds(1));
        Assert.Single(Held(network, late));

        // The same peer restarts: its records are gone, its id is not.
        late.Engine.Stores.Providers.Expire(TimeSpan.FromDays(365));
        network.Cut(late, network.Nodes[0]);
        network.Connect(late, network.Nodes[0]);
        network.Run(TimeSpan.FromSeconds(1));
        Assert.Single(Held(network, late));
    }

    [Fact]
    public void A_joining_peer_that_is_not_among_the_k_nearest_is_not_told()
    {
        KadOptions options = new() { K = 2 };
        SimNetwork network = new(3, options);
        SimNode provider = network.Add();
        List<PeerId> order = Ids.Nearest(KadKey.Of(s_hash.Bytes), 30);
        List<SimNode> near = [network.Add(order[0]), network.Add(order[1])];
        near.ForEach(n => network.Connect(provider, n));
        network.RunToEnd(provider, Provide());
        SimNode far = network.Add(order[29]);
        network.Connect(provider, far);
        network.Run(TimeSpan.FromSeconds(10));
        Assert.All(near, n => Assert.Single(Held(network, n)));
        Assert.Empty(Held(network, far));
    }

    [Fact]
    public void Records_are_renewed_within_22_hours_and_a_twentieth_for_ever_and_end_48_hours_after_the_last()
    {
        SimNetwork network = new(4, new KadOptions());
        network.Grow(3);
        SimNode provider = network.Nodes[0];
        network.RunToEnd(provider, Provide());
        for (int day = 0; day < 4; day++)
        {
            network.Run(TimeSpan.FromHours(24));
            TimeSpan age = network.Now - Assert.Single(Held(network, network.Nodes[1])).RenewedAt;
            Assert.True(age <= TimeSpan.FromHours(22 * 1.05) + TimeSpan.FromMinutes(1), $"{age}");
        }

        network.Step(provider, new KadInput(KadInputKind.StopProviding) { Command = Provide() });
        network.Run(TimeSpan.FromHours(48) + TimeSpan.FromMinutes(11));
        Assert.Empty(Held(network, network.Nodes[1]));
        Assert.Equal(0, network.Nodes[1].Engine.Stores.Providers.KeyCount);
    }

    [Fact]
    public void Refresh_finds_peers_we_were_never_connected_to()
    {
        SimNetwork network = new(5, new KadOptions());
        for (int i = 0; i < 12; i++)
        {
            network.Add();
        }

        for (int i = 1; i < 12; i++)
        {
            network.Connect(network.Nodes[i], network.Nodes[i - 1]);
        }

        network.Run(TimeSpan.FromMinutes(11));
        Assert.All(network.Nodes, static n => Assert.Equal(11, n.Engine.Stores.Table.Count));
    }

    [Fact]
    public void The_oldest_of_a_full_bucket_is_asked_before_a_newcomer_takes_its_place()
    {
        KadEngine engine = Make(new KadOptions { K = 2 });
        List<PeerId> bucket = [.. Ids.InBucket(KadKey.Of(s_self), 0).Take(4)];
        Step(engine, KadInputKind.PeerServes, bucket[0]);
        Step(engine, KadInputKind.PeerServes, bucket[1]);
        Step(engine, KadInputKind.PeerServes, bucket[2]);
        Assert.DoesNotContain(_effects, static e => e.Kind == KadEffectKind.Send); // all are fresh: nobody is doubted

        _now = TimeSpan.FromMinutes(2);
        KadEffect asked = Assert.Single(Step(engine, KadInputKind.PeerServes, bucket[2]), static e => e.Kind == KadEffectKind.Send);
        Assert.Equal((bucket[0], KadMessageType.FindNode), (asked.Peer, asked.Messages![0].Type));
        Assert.DoesNotContain(Step(engine, KadInputKind.PeerServes, bucket[3]), static e => e.Kind == KadEffectKind.Send); // one question is enough

        Answer(engine, asked);
        Assert.NotNull(engine.Stores.Table.Find(bucket[0])); // alive: kept

        _now = TimeSpan.FromMinutes(4);
        KadEffect second = Assert.Single(Step(engine, KadInputKind.PeerServes, bucket[3]), static e => e.Kind == KadEffectKind.Send);
        Assert.Equal(bucket[1], second.Peer);
        Fail(engine, second, KadFailure.Timeout);
        Assert.Null(engine.Stores.Table.Find(bucket[1]));
        Assert.NotNull(engine.Stores.Table.Find(bucket[3]));
    }

    [Fact]
    public void An_unreachable_peer_leaves_the_table_at_once_a_connected_one_after_three_failures()
    {
        KadEngine engine = Make(new KadOptions());
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        Step(engine, KadInputKind.PeerServes, Ids.Peer(2));
        _peers.Connected.Add(Ids.Peer(2));
        for (int i = 0; i < 3; i++)
        {
            Assert.NotNull(engine.Stores.Table.Find(Ids.Peer(2)));
            foreach (KadEffect send in Sends(Start(engine, i, new KadCommand(KadOperationKind.Bootstrap, s_self.Memory))))
            {
                Fail(engine, send, KadFailure.Timeout);
            }

            Assert.Null(engine.Stores.Table.Find(Ids.Peer(1)));
        }

        Assert.Null(engine.Stores.Table.Find(Ids.Peer(2)));
    }

    [Fact]
    public void A_refused_store_says_nothing_against_the_peer()
    {
        KadEngine engine = Make(new KadOptions { Validators = [new LongestValidator()] });
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        KadEffect find = Assert.Single(Sends(Start(engine, 1, new KadCommand(KadOperationKind.PutValue, "/long/a"u8.ToArray()) { Value = "v"u8.ToArray() })));
        KadEffect put = Assert.Single(Sends(Answer(engine, find)));
        Assert.Equal(KadMessageType.PutValue, put.Messages![0].Type);
        KadOutcome outcome = Assert.Single(Fail(engine, put, KadFailure.Reset), static e => e.Kind == KadEffectKind.Done).Outcome!;
        Assert.Equal((0, 1), (outcome.Sent, outcome.Failed));
        Assert.Equal(0, engine.Stores.Table.Find(Ids.Peer(1))!.Failures);
    }

    [Fact]
    public void Add_provider_expects_no_answer_and_names_us_with_our_addresses()
    {
        KadEngine engine = Make(new KadOptions());
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        KadEffect find = Assert.Single(Sends(Start(engine, 1, Provide())));
        Assert.True(find.ExpectsAnswer);
        KadEffect add = Assert.Single(Sends(Answer(engine, find)));
        Assert.False(add.ExpectsAnswer);
        KadPeer told = Assert.Single(add.Messages![0].ProviderPeers);
        Assert.Equal((s_self, Ids.Address(1)), (told.Peer, Assert.Single(told.Addresses)));
        KadOutcome outcome = Assert.Single(Answer(engine, add), static e => e.Kind == KadEffectKind.Done).Outcome!;
        Assert.Equal((1, 0), (outcome.Sent, outcome.Failed));
    }

    [Fact]
    public void An_answer_of_another_type_is_a_failure()
    {
        KadEngine engine = Make(new KadOptions());
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        KadEffect find = Assert.Single(Sends(Start(engine, 1, new KadCommand(KadOperationKind.FindProviders, s_hash.Memory) { Max = 5 })));
        KadMessage wrong = new(KadMessageType.FindNode, s_hash.Memory) { ProviderPeers = [new KadPeer(Ids.Peer(3), [Ids.Address(3)])] };
        List<KadEffect> end = Step(engine, new KadInput(KadInputKind.Answered) { Id = find.Id, Peer = find.Peer, Message = wrong });
        Assert.DoesNotContain(end, static e => e.Kind == KadEffectKind.Provider);
        Assert.Contains(end, static e => e.Kind == KadEffectKind.Done);
    }

    [Fact]
    public void Addresses_of_peers_that_are_not_dialled_are_not_passed_on()
    {
        // limits T22: a liar names victims; only those that the lookup really asks reach the transport, at most 8 addresses each.
        KadEngine engine = Make(new KadOptions { Alpha = 2, DisjointPaths = 1 });
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        KadEffect find = Assert.Single(Sends(Start(engine, 1, new KadCommand(KadOperationKind.Bootstrap, s_self.Memory))));
        KadMessage answer = new(KadMessageType.FindNode, s_self.Memory)
        {
            CloserPeers = [.. Enumerable.Range(10, 20).Select(static i => new KadPeer(Ids.Peer(i), [.. Enumerable.Range(0, 8).Select(static j => Ids.Address(j))]))],
        };
        List<KadEffect> effects = Step(engine, new KadInput(KadInputKind.Answered) { Id = find.Id, Peer = find.Peer, Message = answer });
        HashSet<PeerId> asked = [.. Sends(effects).Select(static s => s.Peer)];
        KadEffect[] learned = [.. effects.Where(static e => e.Kind == KadEffectKind.Learn)];
        Assert.Equal(2, asked.Count);
        Assert.Equal(asked, learned.Select(static e => e.Peer).ToHashSet());
        Assert.All(learned, static e => Assert.InRange(e.Info!.Addresses.Count, 1, 8));
    }

    [Fact]
    public void A_connected_peer_is_found_without_asking_and_an_unknown_one_is_not_found()
    {
        KadEngine engine = Make(new KadOptions());
        _peers.Connected.Add(Ids.Peer(1));
        _peers.Heard[Ids.Peer(1)] = [Ids.Address(5)];
        KadEffect found = Assert.Single(Start(engine, 1, new KadCommand(KadOperationKind.FindPeer, Ids.Peer(1).Memory)));
        Assert.Equal((Ids.Peer(1), Ids.Address(5)), (found.Outcome!.Peer!.Peer, Assert.Single(found.Outcome.Peer.Addresses)));
        Assert.Null(Assert.Single(Start(engine, 2, new KadCommand(KadOperationKind.FindPeer, Ids.Peer(2).Memory))).Outcome!.Peer);
    }

    [Fact]
    public void A_peer_that_speaks_no_kad_is_found_by_connecting_to_it()
    {
        KadEngine engine = Make(new KadOptions());
        _peers.Heard[Ids.Peer(1)] = [Ids.Address(5)];
        KadEffect ask = Assert.Single(Sends(Start(engine, 1, new KadCommand(KadOperationKind.FindPeer, Ids.Peer(1).Memory))));
        KadEffect done = Assert.Single(Fail(engine, ask, KadFailure.NotSupported), static e => e.Kind == KadEffectKind.Done);
        Assert.Equal(Ids.Peer(1), done.Outcome!.Peer!.Peer);
    }

    [Fact]
    public void The_best_value_wins_and_those_with_a_worse_one_or_none_are_corrected()
    {
        KadOptions options = new() { Validators = [new LongestValidator()] };
        SimNetwork network = new(6, options);
        network.Grow(8);
        byte[] key = "/long/a"u8.ToArray();
        void Plant(int node, string value) => network.Nodes[node].Engine.Stores.Records.Put(
            new P2P.Dht.Records.StoredRecord(key, System.Text.Encoding.UTF8.GetBytes(value), network.Nodes[node].Id, network.Now));
        for (int i = 1; i < 7; i++)
        {
            Plant(i, i == 3 ? "best value" : "old");
        }

        // A liar returns a value that the validator refuses.
        network.Nodes[7].Lie = (_, request) => new KadMessage(request.Type, request.Key) { Record = new KadRecord(key, "\0 longer than all others"u8.ToArray()) };
        KadOutcome outcome = network.RunToEnd(network.Nodes[0], new KadCommand(KadOperationKind.GetValue, key)).Outcome!;
        network.Run(TimeSpan.FromSeconds(2));

        Assert.Equal("best value"u8.ToArray(), outcome.Value!.Value.ToArray());
        Assert.All(network.Nodes.Skip(1).Take(6), n => Assert.Equal(10, n.Engine.Stores.Records.Get(key, network.Now)!.Value.Length));
    }

    [Fact]
    public void Own_limits_refuse_by_name()
    {
        KadEngine engine = Make(new KadOptions { ProvidedKeysMax = 1, OperationsMax = 2, LookupsMax = 1, Validators = [new LongestValidator()] });
        KadError Error(KadCommand command) => Start(engine, 1, command).First(static e => e.Kind == KadEffectKind.Done).Outcome!.Error;
        Assert.Equal(KadError.None, Error(Provide()));
        Assert.Equal(KadError.None, Error(Provide())); // the same key again
        Assert.Equal(KadError.TooManyProvidedKeys, Error(new KadCommand(KadOperationKind.Provide, Multihash.Sha256("x"u8).Memory)));
        Assert.Equal(KadError.InvalidKey, Error(new KadCommand(KadOperationKind.Provide, new byte[81])));
        Assert.Equal(KadError.InvalidKey, Error(new KadCommand(KadOperationKind.GetValue, default)));
        Assert.Equal(KadError.UnknownNamespace, Error(new KadCommand(KadOperationKind.GetValue, "/x/y"u8.ToArray())));
        Assert.Equal(KadError.ValueTooLong, Error(new KadCommand(KadOperationKind.PutValue, "/long/y"u8.ToArray()) { Value = new byte[9000] }));

        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        Assert.Single(Sends(Start(engine, 10, Provide())));
        Assert.Empty(Start(engine, 11, Provide())); // waits for its turn
        Assert.Equal(KadError.TooManyOperations, Start(engine, 12, Provide()).Single().Outcome!.Error);
    }

    [Fact]
    public void A_waiting_operation_begins_when_another_ends_and_a_cancelled_one_never_does()
    {
        KadEngine engine = Make(new KadOptions { LookupsMax = 1 });
        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        KadEffect first = Assert.Single(Sends(Start(engine, 1, new KadCommand(KadOperationKind.Bootstrap, s_self.Memory))));
        Start(engine, 2, Provide());
        Start(engine, 3, new KadCommand(KadOperationKind.FindProviders, s_hash.Memory) { Max = 1 });
        Step(engine, new KadInput(KadInputKind.Cancel) { Id = 2 });
        Assert.Equal(2, engine.OperationCount);
        List<KadEffect> after = Answer(engine, first);
        Assert.Equal(KadMessageType.GetProviders, Assert.Single(Sends(after)).Messages![0].Type);
    }

    [Fact]
    public void Every_operation_ends_whatever_the_network_does()
    {
        // L2: nobody ever answers; requests are reported as failed by their own limit or not at all.
        KadEngine engine = Make(new KadOptions { Validators = [new LongestValidator()] });
        for (int i = 0; i < 60; i++)
        {
            Step(engine, KadInputKind.PeerServes, Ids.Peer(i));
        }

        KadCommand[] commands =
        [
            Provide(), new(KadOperationKind.FindProviders, s_hash.Memory) { Max = 3 }, new(KadOperationKind.FindPeer, Ids.Peer(999).Memory),
            new(KadOperationKind.PutValue, "/long/a"u8.ToArray()) { Value = "v"u8.ToArray() }, new(KadOperationKind.GetValue, "/long/b"u8.ToArray()),
            new(KadOperationKind.Bootstrap, s_self.Memory),
        ];
        HashSet<long> open = [];
        for (int i = 0; i < commands.Length; i++)
        {
            open.Add(i + 1);
            Start(engine, i + 1, commands[i]);
        }

        for (int i = 0; i < 2000 && _now < TimeSpan.FromSeconds(31); i++)
        {
            _now = engine.NextDue() > _now ? engine.NextDue() : _now;
            Step(engine, new KadInput(KadInputKind.Tick));
            open.ExceptWith(_effects.Where(static e => e.Kind == KadEffectKind.Done).Select(static e => e.Id));
        }

        Assert.Empty(open);
    }

    [Fact]
    public void Our_records_for_one_peer_travel_in_batches_one_after_the_other()
    {
        KadEngine engine = Make(new KadOptions());
        for (int i = 0; i < 150; i++)
        {
            Start(engine, i + 1, new KadCommand(KadOperationKind.Provide, Multihash.Sha256([(byte)i, 1]).Memory));
        }

        Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
        _now += KadTeller.Delay;
        KadEffect batch = Assert.Single(Sends(Step(engine, new KadInput(KadInputKind.Tick))), static e => e.Messages![0].Type == KadMessageType.AddProvider);
        Assert.Equal(64, batch.Messages!.Count);
        KadEffect second = Assert.Single(Sends(Answer(engine, batch)));
        KadEffect third = Assert.Single(Sends(Answer(engine, second)));
        Assert.Equal((64, 22), (second.Messages!.Count, third.Messages!.Count));
        Assert.Empty(Sends(Answer(engine, third)));
    }

    [Fact]
    public void A_peer_that_comes_and_goes_is_told_everything_a_limited_number_of_times_an_hour()
    {
        KadEngine engine = Make(new KadOptions());
        Start(engine, 1, Provide());
        int told = 0;
        for (int i = 0; i < 200; i++)
        {
            Step(engine, KadInputKind.PeerServes, Ids.Peer(1));
            _now += KadTeller.Delay;
            foreach (KadEffect send in Sends(Step(engine, new KadInput(KadInputKind.Tick))).Where(static e => !e.ExpectsAnswer))
            {
                told++;
                Answer(engine, send);
            }

            Step(engine, KadInputKind.PeerGone, Ids.Peer(1));
        }

        Assert.Equal(KadTeller.ToldAgainPerHour + 1, told);
    }

    [Fact]
    public void A_refresh_target_lies_in_its_bucket_and_looks_like_a_peer_id()
    {
        RoutingTable table = new(s_self, 20, (3, 2));
        KadRefresher refresher = new(new KadOptions(), table, new SeededChance(5));
        for (int bucket = 0; bucket <= 8; bucket++)
        {
            ReadOnlyMemory<byte> key = refresher.KeyInBucket(bucket);
            Assert.True(PeerId.TryRead(key.Span, out _));
            Assert.Equal(bucket, KadKey.Of(key.Span).CommonPrefix(table.SelfKey));
        }
    }

    private static KadCommand Provide() => new(KadOperationKind.Provide, s_hash.Memory);

    private static List<P2P.Dht.Records.ProviderEntry> Held(SimNetwork network, SimNode node) =>
        node.Engine.Stores.Providers.Get(KadKey.Of(s_hash.Bytes), network.Now);

    private static List<KadEffect> Sends(List<KadEffect> effects) => [.. effects.Where(static e => e.Kind == KadEffectKind.Send)];

    private KadEngine Make(KadOptions options) => new(_peers, options, new SeededChance(1), new WallClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    private List<KadEffect> Start(KadEngine engine, long id, KadCommand command) => Step(engine, new KadInput(KadInputKind.Start) { Id = id, Command = command });

    private List<KadEffect> Answer(KadEngine engine, KadEffect send) => Step(engine, new KadInput(KadInputKind.Answered)
    {
        Id = send.Id,
        Peer = send.Peer,
        Message = send.ExpectsAnswer ? new KadMessage(send.Messages![0].Type, send.Messages[0].Key) : null,
    });

    private List<KadEffect> Fail(KadEngine engine, KadEffect send, KadFailure failure) =>
        Step(engine, new KadInput(KadInputKind.Failed) { Id = send.Id, Peer = send.Peer, Failure = failure });

    private List<KadEffect> Step(KadEngine engine, KadInputKind kind, PeerId peer) => Step(engine, new KadInput(kind) { Peer = peer });

    private List<KadEffect> Step(KadEngine engine, KadInput input)
    {
        _effects.Clear();
        engine.Step(input, _now, _effects);
        return [.. _effects];
    }
}
