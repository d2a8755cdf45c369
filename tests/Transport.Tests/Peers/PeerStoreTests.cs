using P2P.Core.Identity;
using P2P.Transport.Peers;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Peers;

public sealed class PeerStoreTests
{
    private readonly PeerStore _store = new(new PeerStoreOptions { PeersMax = 16, AddressesPerPeerMax = 4 });

    [Fact]
    public void Addresses_come_back_best_source_first_and_without_the_peer_id()
    {
        _store.AddAddresses(Id(1), Addrs("/ip4/8.8.8.1/tcp/1"), AddressSource.ThirdParty, TimeSpan.Zero);
        _store.AddAddresses(Id(1), Addrs("/ip4/8.8.8.2/tcp/1"), AddressSource.Connected, TimeSpan.Zero);
        _store.AddAddresses(Id(1), [Addr("/ip4/10.0.0.1/tcp/1").WithPeer(Id(1)), Addr("/ip4/8.8.8.3/tcp/1")], AddressSource.Identify, TimeSpan.Zero);

        Assert.Equal(["/ip4/8.8.8.2/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/8.8.8.3/tcp/1", "/ip4/8.8.8.1/tcp/1"], Texts(Id(1)));
    }

    [Fact]
    public void Addresses_that_name_another_peer_or_nothing_are_not_taken()
    {
        int taken = _store.AddAddresses(Id(1), [Addr("/ip4/8.8.8.8/tcp/1").WithPeer(Id(2)), Addr("/ip4/224.0.0.1/tcp/1")], AddressSource.ThirdParty, TimeSpan.Zero);

        Assert.Equal(0, taken);
        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void A_full_list_drops_hearsay_for_better_and_refuses_more_hearsay()
    {
        for (int i = 1; i <= 10; i++)
        {
            _store.AddAddresses(Id(1), Addrs($"/ip4/8.8.8.{i}/tcp/1"), AddressSource.ThirdParty, TimeSpan.FromSeconds(i));
        }

        _store.AddAddresses(Id(1), Addrs("/ip4/9.9.9.9/tcp/1"), AddressSource.SignedRecord, TimeSpan.FromSeconds(11));

        Assert.Equal(["/ip4/9.9.9.9/tcp/1", "/ip4/8.8.8.2/tcp/1", "/ip4/8.8.8.3/tcp/1", "/ip4/8.8.8.4/tcp/1"], Texts(Id(1)));
    }

    [Fact]
    public void A_flood_of_invented_peers_stays_in_its_cap_and_pushes_out_nobody_we_met()
    {
        _store.SetConnected(Id(1), true, TimeSpan.Zero);
        _store.AddAddresses(Id(2), Addrs("/ip4/8.8.8.8/tcp/1"), AddressSource.Manual, TimeSpan.Zero);
        for (int i = 0; i < 10_000; i++)
        {
            _store.AddAddresses(Invented(i), Addrs("/ip4/8.8.8.8/tcp/1"), AddressSource.ThirdParty, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(16, _store.Count);
        Assert.Single(_store.AddressesOf(Id(2), TimeSpan.FromSeconds(1)));
        Assert.Equal(10_000 - 14, _store.Evictions);
    }

    [Fact]
    public void A_store_full_of_connected_peers_takes_nobody_else()
    {
        for (int i = 0; i < 16; i++)
        {
            _store.SetConnected(Invented(i), true, TimeSpan.Zero);
        }

        _store.AddAddresses(Id(1), Addrs("/ip4/8.8.8.8/tcp/1"), AddressSource.Manual, TimeSpan.Zero);

        Assert.Empty(_store.AddressesOf(Id(1), TimeSpan.Zero));
        Assert.Equal(16, _store.Count);
    }

    [Fact]
    public void Only_the_authenticated_peers_own_record_is_taken_and_only_with_a_growing_number()
    {
        PeerRecord first = new(Id(1), 5, Addrs("/ip4/8.8.8.1/tcp/1"));

        Assert.Equal(RecordVerdict.ForeignPeer, _store.AcceptRecord(Id(2), first, first.Addresses, TimeSpan.Zero));
        Assert.Equal(RecordVerdict.Accepted, _store.AcceptRecord(Id(1), first, first.Addresses, TimeSpan.Zero));
        Assert.Equal(RecordVerdict.Stale, _store.AcceptRecord(Id(1), first, first.Addresses, TimeSpan.Zero));
        Assert.Equal(RecordVerdict.Stale, _store.AcceptRecord(Id(1), first with { Sequence = 4 }, first.Addresses, TimeSpan.Zero));
        Assert.Equal(RecordVerdict.Accepted, _store.AcceptRecord(Id(1), first with { Sequence = 6 }, Addrs("/ip4/8.8.8.2/tcp/1"), TimeSpan.Zero));
        Assert.Equal(["/ip4/8.8.8.2/tcp/1"], Texts(Id(1)));
    }

    [Fact]
    public void A_hundred_thousand_records_of_strangers_leave_no_trace()
    {
        PeerRecord record = new(Id(1), 1, Addrs("/ip4/8.8.8.8/tcp/1"));
        for (ulong i = 1; i <= 100_000; i++)
        {
            _store.AcceptRecord(Id(2), record with { Sequence = i }, record.Addresses, TimeSpan.Zero);
        }

        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Hearsay_expires_what_a_connected_peer_said_stays_and_a_persons_word_stays_longer()
    {
        _store.AddAddresses(Id(1), Addrs("/ip4/8.8.8.1/tcp/1"), AddressSource.ThirdParty, TimeSpan.Zero);
        _store.SetConnected(Id(2), true, TimeSpan.Zero);
        _store.AddAddresses(Id(2), Addrs("/ip4/8.8.8.2/tcp/1"), AddressSource.Identify, TimeSpan.Zero);
        _store.AddAddresses(Id(3), Addrs("/ip4/8.8.8.3/tcp/1"), AddressSource.Manual, TimeSpan.Zero);

        _store.Expire(TimeSpan.FromHours(2));
        Assert.Equal(2, _store.Count);
        Assert.Single(_store.AddressesOf(Id(2), TimeSpan.FromHours(2)));

        _store.SetConnected(Id(2), false, TimeSpan.FromHours(2));
        Assert.Single(_store.AddressesOf(Id(2), TimeSpan.FromHours(2.9)));
        _store.Expire(TimeSpan.FromHours(3.1));
        Assert.Equal(1, _store.Count);
        Assert.Single(_store.AddressesOf(Id(3), TimeSpan.FromHours(3.1)));
    }

    [Fact]
    public void Protocols_are_capped_and_forgotten_when_the_peer_leaves()
    {
        _store.SetConnected(Id(1), true, TimeSpan.Zero);
        _store.SetProtocols(Id(1), [.. Enumerable.Range(0, 1_800).Select(i => $"/p/{i}")], "agent");

        Assert.Equal(128, _store.ProtocolsOf(Id(1)).Count);
        _store.SetConnected(Id(1), false, TimeSpan.Zero);
        Assert.Empty(_store.ProtocolsOf(Id(1)));
        Assert.Equal(0, _store.Count);
    }

    private static PeerId Invented(int i)
    {
        byte[] key = new byte[36];
        (key[0], key[1], key[2], key[3]) = (8, 1, 18, 32);
        BitConverter.TryWriteBytes(key.AsSpan(4), i);
        return PeerId.FromKeyProtobuf(key);
    }

    private IEnumerable<string> Texts(PeerId peer) => _store.AddressesOf(peer, TimeSpan.FromSeconds(11)).Select(k => k.Address.ToString());
}
