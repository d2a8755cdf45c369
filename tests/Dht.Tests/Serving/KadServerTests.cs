using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Serving;
using P2P.Dht.Tests.Simulation;
using P2P.Dht.Wire;

namespace P2P.Dht.Tests.Serving;

public sealed class KadServerTests
{
    private static readonly PeerId s_self = Ids.Peer(-1);
    private static readonly PeerId s_asker = Ids.Peer(7_000);
    private static readonly Multihash s_hash = Multihash.Sha256("content"u8);

    private readonly SimPeers _peers = new(s_self, Ids.Address(1));
    private readonly KadStores _stores;

    public KadServerTests()
    {
        KadOptions options = new() { Validators = [new LongestValidator()], ProviderKeysPerPeerHour = 5 };
        _stores = new KadStores(_peers, options, new SeededChance(1), new WallClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        for (int i = 0; i < 60; i++)
        {
            _peers.Heard[Ids.Peer(i)] = [Ids.Address(100 + i)];
            _stores.Table.Add(Ids.Peer(i), [], default, out _);
        }
    }

    [Fact]
    public void Find_node_tells_the_k_nearest_but_never_the_asker_or_a_peer_without_addresses()
    {
        _peers.Heard.Remove(Ids.Peer(3));
        KadMessage answer = Ask(new KadMessage(KadMessageType.FindNode, Ids.Peer(9_999).Memory), from: Ids.Peer(5)).Message!;
        Assert.Equal(KadMessageType.FindNode, answer.Type);
        Assert.InRange(answer.CloserPeers.Count, 19, 20);
        Assert.DoesNotContain(answer.CloserPeers, static p => p.Peer == Ids.Peer(5) || p.Peer == Ids.Peer(3) || p.Peer == s_self);
    }

    [Fact]
    public void Find_node_includes_the_target_when_known_server_or_not()
    {
        PeerId client = Ids.Peer(8_000);
        Assert.DoesNotContain(Ask(new KadMessage(KadMessageType.FindNode, client.Memory)).Message!.CloserPeers, p => p.Peer == client);
        _peers.Heard[client] = [Ids.Address(9)];
        Assert.Equal(client, Ask(new KadMessage(KadMessageType.FindNode, client.Memory)).Message!.CloserPeers[0].Peer);
        Assert.Equal(s_self, Ask(new KadMessage(KadMessageType.FindNode, s_self.Memory)).Message!.CloserPeers[0].Peer);
    }

    [Fact]
    public void A_provider_is_stored_and_told_with_its_addresses_and_nothing_is_answered()
    {
        Assert.Equal(ServerVerdict.Silent, Ask(Provide(s_hash.Memory, s_asker)).Verdict);
        KadMessage answer = Ask(new KadMessage(KadMessageType.GetProviders, s_hash.Memory), from: Ids.Peer(1)).Message!;
        KadPeer provider = Assert.Single(answer.ProviderPeers);
        Assert.Equal((s_asker, Ids.Address(55)), (provider.Peer, Assert.Single(provider.Addresses)));
        Assert.Equal(20, answer.CloserPeers.Count);
    }

    [Fact]
    public void The_three_cid_forms_of_one_hash_find_one_provider()
    {
        Ask(Provide(Cid.V1(Cid.RawCodec, s_hash).Hash.Memory, s_asker));
        Assert.True(Cid.TryRead(s_hash.Bytes, out Cid v0, out _));
        foreach (Cid form in (Cid[])[v0, Cid.V1(Cid.RawCodec, s_hash), Cid.V1(Cid.DagCborCodec, s_hash)])
        {
            Assert.Single(Ask(new KadMessage(KadMessageType.GetProviders, form.Hash.Memory), from: Ids.Peer(1)).Message!.ProviderPeers);
        }
    }

    [Fact]
    public void A_cid_is_no_provider_key()
    {
        // trap 4: the message section of the specification says CID and means multihash.
        foreach (ulong codec in (ulong[])[Cid.RawCodec, Cid.DagPbCodec, Cid.DagCborCodec])
        {
            Assert.Equal(ServerVerdict.NotAMultihash, Ask(Provide(Cid.V1(codec, s_hash).Memory, s_asker)).Verdict);
            Assert.Equal(ServerVerdict.NotAMultihash, Ask(new KadMessage(KadMessageType.GetProviders, Cid.V1(codec, s_hash).Memory)).Verdict);
        }
    }

    [Fact]
    public void Provider_keys_have_1_to_80_bytes()
    {
        Multihash longest = Multihash.FromDigest(Multihash.Sha512Code, new byte[78]);
        Multihash tooLong = Multihash.FromDigest(Multihash.Sha512Code, new byte[79]);
        Assert.Equal((80, 81), (longest.Bytes.Length, tooLong.Bytes.Length));
        Assert.Equal(ServerVerdict.Silent, Ask(Provide(longest.Memory, s_asker)).Verdict);
        Assert.Equal(ServerVerdict.KeyTooLong, Ask(Provide(tooLong.Memory, s_asker)).Verdict);
        Assert.Equal(ServerVerdict.EmptyKey, Ask(Provide(default, s_asker)).Verdict);
        Assert.Equal(ServerVerdict.NotAMultihash, Ask(Provide("text"u8.ToArray(), s_asker)).Verdict);
        byte[] trailing = [.. s_hash.Bytes, 0];
        Assert.Equal(ServerVerdict.NotAMultihash, Ask(Provide(trailing, s_asker)).Verdict);
    }

    [Fact]
    public void Nobody_provides_for_somebody_else()
    {
        Assert.Equal(ServerVerdict.ForeignProvider, Ask(Provide(s_hash.Memory, Ids.Peer(1))).Verdict);
        Assert.Equal(ServerVerdict.ForeignProvider, Ask(new KadMessage(KadMessageType.AddProvider, s_hash.Memory)).Verdict);
        KadMessage both = Provide(s_hash.Memory, Ids.Peer(1)) with
        {
            ProviderPeers = [new KadPeer(Ids.Peer(1), [Ids.Address(1)]), new KadPeer(s_asker, [Ids.Address(55)])],
        };
        Assert.Equal(ServerVerdict.Silent, Ask(both).Verdict);
        Assert.Equal(s_asker, Assert.Single(Ask(new KadMessage(KadMessageType.GetProviders, s_hash.Memory)).Message!.ProviderPeers).Peer);
    }

    [Fact]
    public void A_provider_without_an_address_that_may_be_told_is_refused()
    {
        KadMessage loopback = Provide(s_hash.Memory, s_asker) with { ProviderPeers = [new KadPeer(s_asker, [Multiaddr.Parse("/ip4/127.0.0.1/tcp/1")])] };
        Assert.Equal(ServerVerdict.NoAddress, Ask(loopback).Verdict);
        _peers.Heard[s_asker] = [Ids.Address(3)]; // known from identify: good enough
        Assert.Equal(ServerVerdict.Silent, Ask(loopback).Verdict);
    }

    [Fact]
    public void A_peer_adds_so_many_keys_an_hour()
    {
        for (byte i = 0; i < 5; i++)
        {
            Assert.Equal(ServerVerdict.Silent, Ask(Provide(Multihash.Sha256([i]).Memory, s_asker)).Verdict);
        }

        Assert.Equal(ServerVerdict.ProviderQuota, Ask(Provide(s_hash.Memory, s_asker)).Verdict);
        Assert.Equal(ServerVerdict.Silent, Ask(Provide(s_hash.Memory, Ids.Peer(1)), from: Ids.Peer(1)).Verdict);
        Assert.Equal(ServerVerdict.Silent, Ask(Provide(s_hash.Memory, s_asker), now: TimeSpan.FromHours(1)).Verdict);
    }

    [Fact]
    public void What_we_provide_ourselves_is_told()
    {
        _stores.Book.Add(s_hash.Memory, default);
        KadPeer self = Assert.Single(Ask(new KadMessage(KadMessageType.GetProviders, s_hash.Memory)).Message!.ProviderPeers);
        Assert.Equal((s_self, Ids.Address(1)), (self.Peer, Assert.Single(self.Addresses)));
    }

    [Fact]
    public void Put_value_is_echoed_and_got_back_with_the_time_of_storing()
    {
        KadMessage put = Put("/long/a", "/long/a", "value");
        ServerAnswer answer = Ask(put, now: TimeSpan.FromSeconds(90));
        Assert.Equal("value"u8.ToArray(), answer.Message!.Record!.Value.ToArray());
        KadMessage got = Ask(new KadMessage(KadMessageType.GetValue, put.Key), now: TimeSpan.FromHours(1)).Message!;
        Assert.Equal("value"u8.ToArray(), got.Record!.Value.ToArray());
        Assert.Equal("2026-01-01T00:01:30.0000000Z", got.Record.TimeReceived);
        Assert.Null(Ask(new KadMessage(KadMessageType.GetValue, "/long/b"u8.ToArray())).Message!.Record);
        Assert.Equal(20, got.CloserPeers.Count);
    }

    [Fact]
    public void Put_value_is_refused_by_name()
    {
        Assert.Equal(ServerVerdict.MissingRecord, Ask(new KadMessage(KadMessageType.PutValue, "/long/a"u8.ToArray())).Verdict);
        Assert.Equal(ServerVerdict.EmptyKey, Ask(new KadMessage(KadMessageType.PutValue, default)).Verdict);
        Assert.Equal(ServerVerdict.RecordKeyMismatch, Ask(Put("/long/a", "/long/b", "v")).Verdict);
        Assert.Equal(ServerVerdict.UnknownNamespace, Ask(Put("/other/a", "/other/a", "v")).Verdict);
        Assert.Equal(ServerVerdict.UnknownNamespace, Ask(Put("bare", "bare", "v")).Verdict);
        Assert.Equal(ServerVerdict.InvalidValue, Ask(Put("/long/a", "/long/a", "\0")).Verdict);
        Assert.Equal(ServerVerdict.InvalidValue, Ask(Put("/pk/abc", "/pk/abc", "v")).Verdict);
        Assert.Equal(ServerVerdict.Answer, Ask(Put("/long/a", "/long/a", "long")).Verdict);
        Assert.Equal(ServerVerdict.WorseValue, Ask(Put("/long/a", "/long/a", "v")).Verdict);
        Assert.Equal(1, _stores.Records.Count);
    }

    [Fact]
    public void A_public_key_is_stored_under_its_own_id_only()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(3));
        byte[] own = [.. "/pk/"u8, .. key.PublicKey.PeerId.Bytes];
        byte[] other = [.. "/pk/"u8, .. s_asker.Bytes];
        KadMessage Message(byte[] name, ReadOnlyMemory<byte> value) => new(KadMessageType.PutValue, name) { Record = new KadRecord(name, value) };
        Assert.Equal(ServerVerdict.InvalidValue, Ask(Message(other, key.PublicKey.Protobuf)).Verdict);
        Assert.Equal(ServerVerdict.InvalidValue, Ask(Message(own, key.PublicKey.Protobuf[1..])).Verdict);
        Assert.Equal(ServerVerdict.Answer, Ask(Message(own, key.PublicKey.Protobuf)).Verdict);
    }

    [Fact]
    public void Ping_is_answered_and_nonsense_is_not()
    {
        Assert.Equal(KadMessageType.Ping, Ask(new KadMessage(KadMessageType.Ping, default)).Message!.Type);
        Assert.Equal(ServerVerdict.UnknownRequest, Ask(new KadMessage(KadMessageType.None, default)).Verdict);
        Assert.Equal(ServerVerdict.EmptyKey, Ask(new KadMessage(KadMessageType.FindNode, default)).Verdict);
        Assert.Equal(ServerVerdict.EmptyKey, Ask(new KadMessage(KadMessageType.GetValue, default)).Verdict);
        Assert.True(default(ServerAnswer).IsRefusal);
    }

    private ServerAnswer Ask(KadMessage request, PeerId from = default, TimeSpan now = default) =>
        _stores.Server.Answer(from.IsNone ? s_asker : from, request, now);

    private static KadMessage Provide(ReadOnlyMemory<byte> key, PeerId provider) =>
        new(KadMessageType.AddProvider, key) { ProviderPeers = [new KadPeer(provider, [Ids.Address(55)])] };

    private static KadMessage Put(string messageKey, string recordKey, string value) =>
        new(KadMessageType.PutValue, System.Text.Encoding.UTF8.GetBytes(messageKey))
        {
            Record = new KadRecord(System.Text.Encoding.UTF8.GetBytes(recordKey), System.Text.Encoding.UTF8.GetBytes(value)),
        };
}
