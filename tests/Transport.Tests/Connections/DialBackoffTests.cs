using P2P.Transport.Connections;
using P2P.Transport.Peers;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

public sealed class DialBackoffTests
{
    [Fact]
    public void Pauses_double_from_five_seconds_to_five_minutes_and_end_with_a_success()
    {
        DialBackoff backoff = new(new DialOptions());
        TimeSpan now = TimeSpan.Zero;
        List<double> pauses = [];
        for (int i = 0; i < 9; i++)
        {
            backoff.Failed(Id(1), Addr("/ip4/8.8.8.8/tcp/1"), now);
            pauses.Add(backoff.WaitTime(Id(1), Addr("/ip4/8.8.8.8/tcp/1"), now).TotalSeconds);
            now += TimeSpan.FromSeconds(pauses[^1]);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300, 300], pauses);
        Assert.Equal(TimeSpan.Zero, backoff.WaitTime(Id(2), Addr("/ip4/8.8.8.8/tcp/1"), TimeSpan.Zero)); // another peer at that address is free
        backoff.Succeeded(Id(1), Addr("/ip4/8.8.8.8/tcp/1"));
        Assert.Equal(0, backoff.Count);
    }

    [Fact]
    public void A_grudge_is_forgotten_after_a_long_time_and_the_oldest_when_there_are_too_many()
    {
        DialBackoff backoff = new(new DialOptions { BackoffEntriesMax = 16 });
        for (int i = 0; i < 100; i++)
        {
            backoff.Failed(Id(1), Addr($"/ip4/8.8.8.{i}/tcp/1"), TimeSpan.Zero);
        }

        Assert.Equal(16, backoff.Count);
        Assert.Equal(TimeSpan.Zero, backoff.WaitTime(Id(1), Addr("/ip4/8.8.8.0/tcp/1"), TimeSpan.Zero));
        backoff.Failed(Id(1), Addr("/ip4/8.8.8.99/tcp/1"), TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromSeconds(5), backoff.WaitTime(Id(1), Addr("/ip4/8.8.8.99/tcp/1"), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Ten_thousand_invented_addresses_in_one_network_get_four_dials_a_second()
    {
        SubnetPacer pacer = new(new DialOptions());
        int dialled = 0;
        for (int i = 0; i < 10_000; i++)
        {
            KnownAddress invented = new(Addr($"/ip4/8.8.8.{i % 250}/tcp/{1 + (i / 250)}"), AddressSource.ThirdParty, TimeSpan.MaxValue);
            dialled += pacer.Take(invented, TimeSpan.FromMilliseconds(i)) == TimeSpan.Zero ? 1 : 0; // ten seconds in all
        }

        Assert.InRange(dialled, 40, 4 + 40);
        Assert.Equal(TimeSpan.Zero, pacer.Take(new KnownAddress(Addr("/ip4/8.8.8.8/tcp/1"), AddressSource.Manual, default), TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.Zero, pacer.Take(new KnownAddress(Addr("/ip4/8.8.9.8/tcp/1"), AddressSource.ThirdParty, default), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void What_the_local_link_told_about_itself_is_not_paced_but_hearsay_about_private_networks_is()
    {
        SubnetPacer pacer = new(new DialOptions());

        Assert.Equal(100, Enumerable.Range(1, 100).Count(i => Take(i, AddressSource.Discovery)));
        Assert.Equal(4, Enumerable.Range(1, 100).Count(i => Take(i, AddressSource.ThirdParty)));

        bool Take(int i, AddressSource source) => pacer.Take(new KnownAddress(Addr($"/ip4/192.168.1.{i}/tcp/1"), source, default), TimeSpan.Zero) == TimeSpan.Zero;
    }
}
