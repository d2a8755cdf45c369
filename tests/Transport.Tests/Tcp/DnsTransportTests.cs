using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Peers;
using P2P.Transport.Tcp;
using P2P.Transport.Tests.Connections;

namespace P2P.Transport.Tests.Tcp;

/// <summary>No name leaves the machine: the resolver is the test's.</summary>
public sealed class DnsTransportTests
{
    private readonly List<(string Host, AddressFamily Family)> _asked = [];

    [Theory]
    [InlineData("/dns/boot.example/tcp/1", true)]
    [InlineData("/dns4/boot.example/tcp/1", true)]
    [InlineData("/dns6/boot.example/tcp/1/p2p/12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz", true)]
    [InlineData("/dnsaddr/boot.example", false)]
    [InlineData("/dns4/boot.example/udp/1", false)]
    [InlineData("/dns4/boot.example/tcp/1/ws", false)]
    [InlineData("/ip4/127.0.0.1/tcp/1", false)]
    public void It_handles_names_with_a_TCP_port(string address, bool handled) =>
        Assert.Equal(handled, Transport().CanHandle(Multiaddr.Parse(address)));

    [Fact]
    public async Task Addresses_are_tried_in_order_until_one_answers()
    {
        await using ITransportListener listener = await new TcpTransport().ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        Assert.True(listener.Address.TryGetTcp(out IPEndPoint? at));
        DnsTransport transport = Transport(IPAddress.Parse("127.0.0.2"), IPAddress.Loopback); // nobody listens on the first

        RawConnection connection = await transport.DialAsync(Multiaddr.Parse($"/dns4/boot.example/tcp/{at!.Port}"), CancellationToken.None);

        Assert.Equal(listener.Address, connection.RemoteAddress);
        Assert.Equal(("boot.example", AddressFamily.InterNetwork), Assert.Single(_asked));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task An_unknown_name_and_one_without_addresses_are_unreachable_and_named()
    {
        DnsTransport unknown = new(new TcpTransport(), SystemTime.Provider, PoolSpawner.Instance, static (_, _, _) => throw new SocketException((int)SocketError.HostNotFound));
        DnsTransport refused = new(new TcpTransport(), SystemTime.Provider, PoolSpawner.Instance, static (_, _, _) => throw new ArgumentException("no name to ask for, such as 0.0.0.0"));
        foreach (DnsTransport transport in (DnsTransport[])[unknown, refused, Transport()])
        {
            TransportException error = await Assert.ThrowsAsync<TransportException>(
                async () => await transport.DialAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), CancellationToken.None));
            Assert.Equal(TransportError.Unreachable, error.Error);
            Assert.Contains("boot.example", error.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<TransportException>(async () => await unknown.ListenAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), CancellationToken.None));
    }

    [Fact]
    public async Task A_name_that_a_person_gave_is_looked_up_and_one_that_others_tell_is_not()
    {
        await using TestNode there = await TestNode.StartAsync(2, null);
        await using TestNode here = await TestNode.StartAsync(1, null, wrap: _ => Transport(IPAddress.Loopback), listen: string.Empty);
        Assert.True(there.Network.ListenAddresses[0].TryGetTcp(out IPEndPoint? at));
        Multiaddr named = Multiaddr.Parse($"/dns4/boot.example/tcp/{at!.Port}");

        here.Network.AddAddresses(there.Id, [named], AddressSource.SignedRecord);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => here.Network.ConnectAsync(there.Id, here.Watchdog));
        Assert.Equal(TransportError.UnsupportedAddress, refused.Error);
        Assert.Empty(_asked);

        here.Network.AddAddresses(there.Id, [named], AddressSource.Manual);
        await here.Network.ConnectAsync(there.Id, here.Watchdog);
        Assert.Equal(there.Id, Assert.Single(here.Network.ConnectedPeers));
        Assert.Single(_asked);
    }

    [Fact]
    public async Task An_address_that_never_answers_costs_a_head_start_and_is_given_up()
    {
        ManualTime time = new();
        await using ITransportListener listener = await new TcpTransport().ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        Assert.True(listener.Address.TryGetTcp(out IPEndPoint? at));
        SilentTransport tcp = new("127.0.0.2");
        DnsTransport transport = Transport(tcp, time, "127.0.0.2", "127.0.0.1");

        Task<RawConnection> dial = transport.DialAsync(Multiaddr.Parse($"/dns4/boot.example/tcp/{at!.Port}"), CancellationToken.None).AsTask();
        await UntilAsync(() => tcp.Dialled.Count == 1 && time.NextDue == TimeSpan.FromMilliseconds(250));
        time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal(["127.0.0.2"], tcp.Dialled);
        Assert.False(dial.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await using RawConnection connection = await dial.WaitAsync(TestSupport.Watchdog.Limit);
        Assert.Equal(listener.Address, connection.RemoteAddress);
        Assert.Equal(["127.0.0.2", "127.0.0.1"], tcp.Dialled);
        Assert.Equal(1, tcp.GivenUp);
    }

    [Fact]
    public async Task The_families_take_turns_in_the_resolvers_order_and_at_most_eight_addresses_are_tried()
    {
        SilentTransport tcp = new();
        string[] found = ["::1", "::2", "::3", "::4", "::5", "::6", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
        DnsTransport transport = Transport(tcp, new ManualTime(), found); // no time passes: each is tried because the one before it failed

        TransportException error = await Assert.ThrowsAsync<TransportException>(
            async () => await transport.DialAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), CancellationToken.None));

        Assert.Equal(["::1", "127.0.0.2", "::2", "127.0.0.3", "::3", "127.0.0.4", "::4", "127.0.0.5"], tcp.Dialled);
        Assert.Equal(TransportError.Unreachable, error.Error);
        Assert.StartsWith("8 addresses of boot.example failed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dial_that_is_given_up_leaves_nothing_running()
    {
        ManualTime time = new();
        SilentTransport tcp = new("127.0.0.2", "127.0.0.3");
        using CancellationTokenSource impatient = new();
        Task dial = Transport(tcp, time, "127.0.0.2", "127.0.0.3").DialAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), impatient.Token).AsTask();
        await UntilAsync(() => tcp.Dialled.Count == 1 && time.NextDue == TimeSpan.FromMilliseconds(250));
        time.Advance(TimeSpan.FromMilliseconds(250));
        await UntilAsync(() => tcp.Dialled.Count == 2);

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dial.WaitAsync(TestSupport.Watchdog.Limit));
        Assert.Equal(2, tcp.GivenUp);
        Assert.Null(time.NextDue);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(2));
        while (!condition())
        {
            await poll.WaitForNextTickAsync(watchdog.Token);
        }
    }

    private static DnsTransport Transport(ITransport tcp, TimeProvider time, params string[] found) => new(
        tcp, time, PoolSpawner.Instance, (_, _, _) => Task.FromResult(Array.ConvertAll(found, IPAddress.Parse)));

    private DnsTransport Transport(params IPAddress[] found) => new(new TcpTransport(), SystemTime.Provider, PoolSpawner.Instance, (host, family, _) =>
    {
        _asked.Add((host, family));
        return Task.FromResult(found);
    });

    /// <summary>TCP on which some hosts never answer; others that are not this one refuse.</summary>
    private sealed class SilentTransport(params string[] silent) : ITransport
    {
        private readonly TcpTransport _tcp = new();
        private readonly ConcurrentQueue<string> _dialled = new();
        private int _givenUp;

        public IReadOnlyCollection<string> Dialled => _dialled;

        public int GivenUp => Volatile.Read(ref _givenUp);

        public bool CanHandle(Multiaddr address) => _tcp.CanHandle(address);

        public async ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
        {
            Assert.True(address.TryGetTcp(out IPEndPoint? at));
            string host = at!.Address.ToString();
            _dialled.Enqueue(host);
            if (!silent.Contains(host))
            {
                return host == "127.0.0.1" ? await _tcp.DialAsync(address, cancellationToken) : throw new TransportException(TransportError.Unreachable, $"{host} refuses.");
            }

            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                throw new InvalidOperationException("No end of time.");
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _givenUp);
                throw;
            }
        }

        public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) => _tcp.ListenAsync(address, cancellationToken);
    }
}
