using P2P.Core.Identity;
using P2P.Dht.Records;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests.Records;

public sealed class StoreTests
{
    private static readonly PeerId s_self = Ids.Peer(-1);
    private static readonly KadKey s_selfKey = KadKey.Of(s_self);

    [Fact]
    public void A_key_keeps_its_first_20_providers_until_one_is_overdue()
    {
        ProviderStore store = new(s_selfKey, new KadOptions());
        KadKey key = KadKey.Of("k"u8);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(ProviderAdd.Added, store.Add(key, Ids.Peer(i), [], TimeSpan.FromSeconds(i)));
        }

        Assert.Equal(ProviderAdd.KeyFull, store.Add(key, Ids.Peer(20), [], TimeSpan.FromHours(23)));
        Assert.Equal(ProviderAdd.Renewed, store.Add(key, Ids.Peer(0), [], TimeSpan.FromHours(23)));
        Assert.Equal(ProviderAdd.Added, store.Add(key, Ids.Peer(20), [], TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1)));
        List<PeerId> now = [.. store.Get(key, TimeSpan.FromHours(25)).Select(static e => e.Peer)];
        Assert.Equal(20, now.Count);
        Assert.DoesNotContain(Ids.Peer(1), now); // the one not renewed for longest
    }

    [Fact]
    public void Records_live_48_hours_and_their_addresses_24()
    {
        ProviderStore store = new(s_selfKey, new KadOptions());
        KadKey key = KadKey.Of("k"u8);
        store.Add(key, Ids.Peer(1), [Ids.Address(1)], default);
        Assert.Single(Assert.Single(store.Get(key, TimeSpan.FromHours(24) - TimeSpan.FromTicks(1))).Addresses);
        Assert.Empty(Assert.Single(store.Get(key, TimeSpan.FromHours(24))).Addresses);
        Assert.Single(store.Get(key, TimeSpan.FromHours(48) - TimeSpan.FromTicks(1)));
        Assert.Empty(store.Get(key, TimeSpan.FromHours(48)));
        Assert.Equal(1, store.KeyCount);
        store.Expire(TimeSpan.FromHours(48));
        Assert.Equal(0, store.KeyCount);
    }

    [Fact]
    public void A_full_provider_store_evicts_the_farthest_key_for_a_nearer_one_only()
    {
        ProviderStore store = new(s_selfKey, new KadOptions { ProviderKeysMax = 10 });
        List<KadKey> keys = [.. Enumerable.Range(0, 20).Select(static i => KadKey.Of([(byte)i])).OrderBy(static k => s_selfKey.DistanceTo(k))];
        for (int i = 19; i >= 10; i--)
        {
            Assert.Equal(ProviderAdd.Added, store.Add(keys[i], Ids.Peer(1), [], default));
        }

        Assert.Equal(ProviderAdd.Added, store.Add(keys[0], Ids.Peer(1), [], default));
        Assert.Empty(store.Get(keys[19], default));
        Assert.Equal(ProviderAdd.StoreFull, store.Add(keys[19], Ids.Peer(1), [], default));
        Assert.Single(store.Get(keys[18], default));
        Assert.Equal(10, store.KeyCount);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("plain", 2)]
    [InlineData("/", 2)]
    [InlineData("//x", 2)]
    [InlineData("/long", 2)]
    [InlineData("/long/", 2)]
    [InlineData("long/x", 2)]
    [InlineData("/Long/x", 2)]
    [InlineData("/ipns/x", 2)]
    [InlineData("/long/x", 1)]
    public void Only_registered_namespaces_are_stored(string key, int verdict)
    {
        // CVE-2026-45783: a key without a namespace went round validation.
        RecordStore store = new(s_self, new KadOptions { Validators = [new LongestValidator()] });
        Assert.Equal((RecordPut)verdict, store.Put(Record(key, "v", Ids.Peer(1))));
        Assert.Equal(verdict == 1 ? 1 : 0, store.Count);
    }

    [Fact]
    public void The_better_value_stays_and_an_invalid_or_long_one_is_refused()
    {
        RecordStore store = new(s_self, new KadOptions { Validators = [new LongestValidator()], ValueBytesMax = 4 });
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/x", "bb", Ids.Peer(1))));
        Assert.Equal(RecordPut.Worse, store.Put(Record("/long/x", "a", Ids.Peer(2))));
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/x", "cc", Ids.Peer(2))));
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/x", "dddd", Ids.Peer(2))));
        Assert.Equal(RecordPut.TooLong, store.Put(Record("/long/x", "eeeee", Ids.Peer(2))));
        Assert.Equal(RecordPut.Invalid, store.Put(Record("/long/x", "\0\0\0\0", Ids.Peer(2))));
        Assert.Equal("dddd"u8.ToArray(), store.Get("/long/x"u8, default)!.Value.ToArray());
        Assert.Null(store.Get("/long/x"u8, TimeSpan.FromHours(48)));
    }

    [Fact]
    public void A_remote_peer_has_a_share_and_we_have_none()
    {
        RecordStore store = new(s_self, new KadOptions { Validators = [new LongestValidator()], ValuesPerPeer = 3 });
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(RecordPut.Stored, store.Put(Record($"/long/{i}", "v", Ids.Peer(1))));
        }

        Assert.Equal(RecordPut.PeerQuota, store.Put(Record("/long/3", "v", Ids.Peer(1))));
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/0", "vv", Ids.Peer(1)))); // replacing its own
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/3", "v", Ids.Peer(2))));
        Assert.Equal(RecordPut.PeerQuota, store.Put(Record("/long/3", "vv", Ids.Peer(1)))); // taking over costs as well
        for (int i = 10; i < 20; i++)
        {
            Assert.Equal(RecordPut.Stored, store.Put(Record($"/long/{i}", "v", s_self)));
        }

        store.Expire(TimeSpan.FromHours(48));
        Assert.Equal(0, store.Count);
        Assert.Equal(RecordPut.Stored, store.Put(Record("/long/3", "v", Ids.Peer(1))));
    }

    [Fact]
    public void A_full_value_store_evicts_the_farthest_key_for_a_nearer_one_only()
    {
        RecordStore store = new(s_self, new KadOptions { Validators = [new LongestValidator()], ValuesMax = 5 });
        List<string> keys = [.. Enumerable.Range(0, 10).Select(static i => $"/long/{i}")
            .OrderBy(static k => s_selfKey.DistanceTo(KadKey.Of(System.Text.Encoding.UTF8.GetBytes(k))))];
        for (int i = 9; i >= 5; i--)
        {
            Assert.Equal(RecordPut.Stored, store.Put(Record(keys[i], "v", Ids.Peer(i))));
        }

        Assert.Equal(RecordPut.Stored, store.Put(Record(keys[0], "v", Ids.Peer(1))));
        Assert.Equal(RecordPut.StoreFull, store.Put(Record(keys[9], "v", Ids.Peer(1))));
        Assert.Equal(5, store.Count);
    }

    [Fact]
    public void The_hourly_share_is_per_peer_comes_back_and_remembers_a_bounded_number()
    {
        HourlyQuota quota = new(usesMax: 2, peersMax: 3);
        Assert.True(quota.TryUse(Ids.Peer(1), default));
        Assert.True(quota.TryUse(Ids.Peer(1), default));
        Assert.False(quota.TryUse(Ids.Peer(1), TimeSpan.FromMinutes(59)));
        Assert.True(quota.TryUse(Ids.Peer(2), TimeSpan.FromMinutes(59)));
        Assert.True(quota.TryUse(Ids.Peer(1), TimeSpan.FromHours(1)));
        for (int i = 10; i < 1000; i++)
        {
            Assert.True(quota.TryUse(Ids.Peer(i), TimeSpan.FromHours(1)));
            Assert.True(quota.PeerCount <= 3);
        }
    }

    private static StoredRecord Record(string key, string value, PeerId from) =>
        new(System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(value), from, default);
}
