using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

public sealed class MessageTests
{
    private static readonly TopicRules s_validated = RouterBench.Rules with { Validates = true };

    [Fact]
    public void A_message_is_delivered_and_passed_on_to_the_mesh_but_not_back()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 3);

        bench.Receive(1, RouterBench.Message("a"));

        Assert.Single(bench.To(RouterEffectKind.Deliver));
        Assert.Equal([RouterBench.Peer(2), RouterBench.Peer(3)], bench.To(RouterEffectKind.Forward));
    }

    [Fact]
    public void A_message_seen_twice_is_delivered_once()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);

        bench.Receive(1, RouterBench.Message("a")).Receive(2, RouterBench.Message("a"));

        Assert.Empty(bench.Effects);
        Assert.Equal(1, bench.Refused(GossipRefusal.Duplicate));
    }

    [Fact]
    public void Equal_data_in_two_topics_is_two_messages()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        bench.Step(RouterInput.Subscribe("second", RouterBench.Rules));

        bench.Receive(1, RouterBench.Message("a"));
        Assert.Single(bench.To(RouterEffectKind.Deliver));
        bench.Receive(1, RouterBench.Message("a", "second"));
        Assert.Single(bench.To(RouterEffectKind.Deliver));
    }

    [Fact]
    public void A_duplicate_90_seconds_late_is_still_known_and_one_after_the_ttl_is_not()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        bench.Receive(1, RouterBench.Message("a"));

        bench.Now += TimeSpan.FromSeconds(90);
        bench.Receive(2, RouterBench.Message("a"));
        Assert.Empty(bench.To(RouterEffectKind.Deliver));

        bench.Now += TimeSpan.FromSeconds(30);
        bench.Receive(2, RouterBench.Message("a"));
        Assert.Single(bench.To(RouterEffectKind.Deliver));
    }

    [Fact]
    public void A_message_of_a_topic_we_are_not_in_is_dropped_and_nobody_is_charged()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Receive(1, RouterBench.Message("a", "elsewhere"));

        Assert.Empty(bench.Effects);
        Assert.Equal(1, bench.Refused(GossipRefusal.NotSubscribed));
        Assert.Equal(0, bench.Score(1));
    }

    [Theory]
    [InlineData(RpcFields.From)]
    [InlineData(RpcFields.Sequence)]
    [InlineData(RpcFields.Signature)]
    [InlineData(RpcFields.Key)]
    public void Strict_no_sign_refuses_each_signing_field_even_when_it_is_empty(int field)
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        WireFields fields = default;
        fields.Set(RpcFields.Data, "a"u8);
        fields.Set(RpcFields.Topic, System.Text.Encoding.UTF8.GetBytes(RouterBench.Topic.Name));
        fields.Set(field, []);

        bench.Receive(1, WireMessage.Create(fields));

        Assert.Empty(bench.To(RouterEffectKind.Deliver));
        Assert.Equal(1, bench.Refused(GossipRefusal.UnexpectedSignature));
        Assert.True(bench.Score(1) < 0);
    }

    [Theory]
    [InlineData(RpcFields.From)]
    [InlineData(RpcFields.Sequence)]
    [InlineData(RpcFields.Signature)]
    public void Strict_sign_refuses_a_message_without_one_of_its_fields(int missing)
    {
        RouterBench bench = new RouterBench().Subscribed(TopicRules.Of(TopicOptions.Signed)).WithPeers(1, 1);
        WireFields fields = default;
        fields.Set(RpcFields.Data, "a"u8);
        fields.Set(RpcFields.Topic, System.Text.Encoding.UTF8.GetBytes(RouterBench.Topic.Name));
        foreach (int field in new[] { RpcFields.From, RpcFields.Sequence, RpcFields.Signature })
        {
            if (field != missing)
            {
                fields.Set(field, new byte[8]);
            }
        }

        bench.Receive(1, WireMessage.Create(fields));

        Assert.Empty(bench.Effects);
        Assert.Equal(1, bench.Refused(GossipRefusal.MissingSignature));
        Assert.True(bench.Score(1) < 0);
    }

    [Fact]
    public void Our_own_signed_message_coming_back_after_the_seen_ttl_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(9));
        List<RouterEffect> effects = [];
        GossipRouter router = new(key.PublicKey.PeerId, new PubSubOptions(), new SeededChance(1));
        router.Step(RouterInput.Subscribe(RouterBench.Topic, TopicRules.Of(TopicOptions.Signed)), default, effects);
        router.Step(RouterInput.PeerUp(RouterBench.Peer(1), PeerProtocol.Meshsub12, false), default, effects);
        effects.Clear();
        Rpc rpc = new();
        rpc.Messages.Add(MessageSignature.Sign(RouterBench.Topic, "a"u8, 1, key));

        router.Step(RouterInput.Received(RouterBench.Peer(1), rpc), default, effects);

        Assert.Empty(effects);
        Assert.Equal(1, router.Counters[GossipRefusal.OwnMessage]);
    }

    [Fact]
    public void A_validated_topic_delivers_nothing_before_the_verdict()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 2);
        WireMessage message = RouterBench.Message("a");

        bench.Receive(1, message);
        Assert.Equal([RouterEffectKind.Validate], bench.Effects.Select(e => e.Kind));

        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.Accept));
        Assert.Single(bench.To(RouterEffectKind.Deliver));
        Assert.Equal([RouterBench.Peer(2)], bench.To(RouterEffectKind.Forward));
    }

    [Fact]
    public void Whoever_sent_a_copy_while_it_was_judged_does_not_get_it_back()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 3);
        WireMessage message = RouterBench.Message("a");

        bench.Receive(1, message).Receive(2, message);
        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.Accept));

        Assert.Equal([RouterBench.Peer(3)], bench.To(RouterEffectKind.Forward));
    }

    [Fact]
    public void A_rejected_message_charges_everybody_who_sent_it_and_is_not_judged_again()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 3);
        WireMessage message = RouterBench.Message("a");

        bench.Receive(1, message).Receive(2, message);
        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.Reject));
        Assert.Empty(bench.Effects);
        bench.Receive(3, message);

        Assert.Empty(bench.Effects);
        Assert.True(bench.Score(1) < 0);
        Assert.True(bench.Score(2) < 0);
        Assert.Equal(0, bench.Score(3));
    }

    [Fact]
    public void An_ignored_message_charges_nobody_and_is_not_passed_on()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 2);
        WireMessage message = RouterBench.Message("a");

        bench.Receive(1, message);
        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.Ignore));
        Assert.Empty(bench.Effects);
        bench.Receive(2, message);

        Assert.Empty(bench.Effects);
        Assert.Equal(0, bench.Score(1));
        Assert.Equal(1, bench.Refused(GossipRefusal.Ignored));
    }

    [Fact]
    public void A_forged_copy_cannot_censor_the_true_message_of_the_same_id()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 3);
        WireMessage message = RouterBench.Message("a");
        bench.Receive(1, message).Receive(2, message);

        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.BadSignature));
        Assert.True(bench.Score(1) < 0);
        Assert.Equal(0, bench.Score(2));

        bench.Receive(3, message);
        Assert.Single(bench.To(RouterEffectKind.Validate));
    }

    [Fact]
    public void Beyond_the_validation_bound_messages_are_left_to_come_again()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { ValidationsMax = 2, ValidationQueueMax = 1 })
            .Subscribed(s_validated).WithPeers(1, 1);
        for (int i = 0; i < 4; i++)
        {
            bench.Receive(1, RouterBench.Message($"m{i}"));
        }

        Assert.Empty(bench.Effects);
        Assert.Equal(3, bench.Router.PendingValidations);
        Assert.Equal(1, bench.Refused(GossipRefusal.ValidationBusy));

        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(RouterBench.Message("m0")), ValidationResult.Accept));
        bench.Receive(1, RouterBench.Message("m3"));
        Assert.Single(bench.To(RouterEffectKind.Validate));
    }

    [Fact]
    public void A_verdict_for_a_message_nobody_asked_about_changes_nothing()
    {
        RouterBench bench = new RouterBench().Subscribed(s_validated).WithPeers(1, 1);

        bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.Id(1), ValidationResult.Accept));

        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void A_message_without_an_id_is_refused_and_charged()
    {
        RouterBench bench = new RouterBench()
            .Subscribed(RouterBench.Rules with { MessageId = static (in _) => default }).WithPeers(1, 1);

        bench.Receive(1, RouterBench.Message("a"));

        Assert.Empty(bench.Effects);
        Assert.Equal(1, bench.Refused(GossipRefusal.NoMessageId));
        Assert.True(bench.Score(1) < 0);
    }

    [Fact]
    public void A_message_longer_than_we_may_send_is_delivered_and_not_passed_on()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 3);

        bench.Receive(1, RouterBench.Message(bytes: 100_000, fill: 7));

        Assert.Single(bench.To(RouterEffectKind.Deliver));
        Assert.Empty(bench.To(RouterEffectKind.Forward));
        Assert.Equal(1, bench.Refused(GossipRefusal.TooLongToForward));
        Assert.Equal(0, bench.State.Cache.Count);
    }

    [Fact]
    public void The_seen_cache_keeps_to_its_cap_and_forgets_the_oldest()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { SeenMax = 100 }).Subscribed().WithPeers(1, 1);
        for (int i = 0; i < 1_000; i++)
        {
            bench.Receive(1, RouterBench.Message($"m{i}"));
        }

        Assert.Equal(100, bench.State.Seen.Count);
        Assert.True(bench.State.Seen.Contains(new SeenKey(RouterBench.Topic.Key, RouterBench.IdOf(RouterBench.Message("m999"))), bench.Now));
        Assert.False(bench.State.Seen.Contains(new SeenKey(RouterBench.Topic.Key, RouterBench.IdOf(RouterBench.Message("m899"))), bench.Now));
    }

    [Fact]
    public void The_message_cache_keeps_to_its_bytes_and_to_five_heartbeats()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { MessageCacheBytesMax = 65_536 }).Subscribed().WithPeers(1, 1);
        for (byte i = 0; i < 100; i++)
        {
            bench.Receive(1, RouterBench.Message(bytes: 10_000, fill: i));
            Assert.InRange(bench.State.Cache.Bytes, 1, 65_536);
        }

        Assert.Equal(6, bench.State.Cache.Count);
        bench.Heartbeat(4);
        Assert.Equal(6, bench.State.Cache.Count);
        bench.Heartbeat();
        Assert.Equal(0, bench.State.Cache.Count);
        Assert.Equal(0, bench.State.Cache.Bytes);
    }
}
