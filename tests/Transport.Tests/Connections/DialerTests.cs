using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Memory;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

public sealed class DialerTests
{
    // Where virtual time runs until something real has happened, it may outrun threads: no dial is given up for that.
    private static readonly PeerNetworkOptions s_patient = TestNode.Quick with { Dial = new DialOptions { Timeout = TimeSpan.FromHours(1) } };

    private readonly MemoryNetwork _memory = new();
    private readonly ManualTime _time = new();
    private WrappedTransport? _transport;

    [Fact]
    public async Task A_failed_address_is_left_alone_for_a_while_and_then_tried_again()
    {
        await using TestNode a = await StartAsync(1);
        a.Network.AddAddresses(Id(2), Addrs("/memory/77"));

        Assert.Equal(TransportError.Unreachable, await ErrorOfAsync(() => a.Network.ConnectAsync(Id(2), a.Watchdog)));
        Assert.Equal(TransportError.Unreachable, await ErrorOfAsync(() => a.Network.ConnectAsync(Id(2), a.Watchdog)));
        Assert.Equal(1, _transport!.Dials);

        _time.Advance(TimeSpan.FromSeconds(5));
        await ErrorOfAsync(() => a.Network.ConnectAsync(Id(2), a.Watchdog));
        Assert.Equal(2, _transport.Dials);

        await ErrorOfAsync(() => a.Network.DialAsync(Addr("/memory/77").WithPeer(Id(2)), a.Watchdog)); // a person's wish does not wait
        Assert.Equal(3, _transport.Dials);
    }

    [Fact]
    public async Task Dead_addresses_do_not_delay_a_good_one_and_silent_ones_only_by_their_head_start()
    {
        await using TestNode b = await TestNode.StartAsync(2, _memory);
        await using TestNode a = await StartAsync(
            1, (address, ct) => address.ToString() == "/memory/99" ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask, s_patient);
        a.Network.AddAddresses(b.Id, [.. Addrs("/memory/97", "/memory/98", "/memory/99"), b.Address.WithoutPeer()]);

        Task connecting = a.Network.ConnectAsync(b.Id, a.Watchdog);
        await a.UntilAsync(() => _transport!.Dials == 3);
        Assert.False(connecting.IsCompleted); // two failed at once, the third says nothing
        await a.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return _transport!.Dials == 4;
        });

        await connecting; // while time stands still: its handshake has limits too
        Assert.Equal(4, _transport!.Dials);
        Assert.Equal(b.Id, Assert.Single(a.Network.ConnectedPeers));
    }

    [Fact]
    public async Task Many_callers_share_one_dial()
    {
        await using TestNode b = await TestNode.StartAsync(2, _memory);
        await using TestNode a = await StartAsync(1);
        a.Network.AddAddresses(b.Id, [b.Address]);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => a.Network.ConnectAsync(b.Id, a.Watchdog)));

        Assert.Equal(1, _transport!.Dials);
    }

    [Fact]
    public async Task A_silent_remote_is_given_up_after_the_time_limit()
    {
        await using TestNode a = await StartAsync(1, (_, ct) => Task.Delay(Timeout.Infinite, ct));

        Task<TransportError> dial = ErrorOfAsync(() => a.Network.DialAsync(Addr("/memory/99"), a.Watchdog));
        await a.UntilAsync(() => _transport!.Dials == 1);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(dial.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(TransportError.Timeout, await dial);
    }

    [Fact]
    public async Task Giving_up_waiting_is_the_callers_own_affair()
    {
        await using TestNode a = await StartAsync(1, (_, ct) => Task.Delay(Timeout.Infinite, ct));
        a.Network.AddAddresses(Id(2), Addrs("/memory/99"));
        using CancellationTokenSource impatient = new();

        Task first = a.Network.ConnectAsync(Id(2), impatient.Token);
        Task second = a.Network.ConnectAsync(Id(2), a.Watchdog);
        impatient.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);
        await a.Network.DisposeAsync();
        Assert.Equal(TransportError.ConnectionClosed, await ErrorOfAsync(() => second));
    }

    [Fact]
    public async Task What_cannot_be_dialled_is_refused_by_name()
    {
        await using TestNode a = await StartAsync(1);
        a.Network.AddAddresses(Id(3), Addrs("/ip4/127.0.0.1/tcp/1"));

        Assert.Equal(TransportError.NoAddress, await ErrorOfAsync(() => a.Network.ConnectAsync(Id(2), a.Watchdog)));
        Assert.Equal(TransportError.UnsupportedAddress, await ErrorOfAsync(() => a.Network.ConnectAsync(Id(3), a.Watchdog)));
        Assert.Equal(TransportError.UnsupportedAddress, await ErrorOfAsync(() => a.Network.DialAsync(Addr("/ip4/127.0.0.1/tcp/1"), a.Watchdog)));
        Assert.Equal(TransportError.SelfDial, await ErrorOfAsync(() => a.Network.ConnectAsync(a.Id, a.Watchdog)));
        Assert.Equal(TransportError.SelfDial, await ErrorOfAsync(() => a.Network.DialAsync(a.Address, a.Watchdog)));
        Assert.Equal(TransportError.SelfDial, await ErrorOfAsync(() => a.Network.DialAsync(a.Address.WithoutPeer(), a.Watchdog)));
        Assert.Empty(a.Network.ConnectedPeers);
    }

    [Fact]
    public async Task More_waiting_dials_than_the_queue_holds_are_refused_by_name()
    {
        await using TestNode a = await StartAsync(
            1, (_, ct) => Task.Delay(Timeout.Infinite, ct), TestNode.Quick with { Dial = new DialOptions { QueueMax = 3 } });
        List<Task> waiting = [];
        for (int i = 2; i < 5; i++)
        {
            a.Network.AddAddresses(Id(i), Addrs("/memory/99"));
            waiting.Add(a.Network.ConnectAsync(Id(i), a.Watchdog));
        }

        Assert.Equal(TransportError.LimitReached, await ErrorOfAsync(() => a.Network.ConnectAsync(Id(9), a.Watchdog)));
        Assert.Equal(3, a.Network.Statistics.PendingDials);
        await a.Network.DisposeAsync();
        foreach (Task wait in waiting)
        {
            Assert.Equal(TransportError.ConnectionClosed, await ErrorOfAsync(() => wait));
        }
    }

    [Fact]
    public async Task An_unforeseen_failure_while_dialling_ends_the_wait_names_itself_and_lets_no_other_attempt_win_unseen()
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource given = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestNode a = await StartAsync(1, async (address, ct) =>
        {
            if (address.ToString() == "/memory/98")
            {
                await reached.Task.WaitAsync(ct);
                throw new InvalidOperationException("a defect");
            }

            reached.SetResult();
            using CancellationTokenRegistration registration = ct.Register(given.SetResult);
            await given.Task;
            ct.ThrowIfCancellationRequested();
        }, s_patient);
        a.Network.AddAddresses(Id(2), Addrs("/memory/98", "/memory/99"));

        Task<TransportException> connecting = Assert.ThrowsAsync<TransportException>(() => a.Network.ConnectAsync(Id(2), a.Watchdog));
        await a.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100)); // the head start of the first
            return connecting.IsCompleted;
        });

        TransportException error = await connecting;
        Assert.Equal(TransportError.Unreachable, error.Error);
        Assert.Equal("a defect", error.InnerException?.Message);
        Assert.True(given.Task.IsCompletedSuccessfully); // the other one was given up before anybody was told
        Assert.Empty(a.Network.ConnectedPeers);
        await a.UntilAsync(() => a.Network.Statistics.PendingDials == 0);
    }

    private static async Task<TransportError> ErrorOfAsync(Func<Task> action) => (await Assert.ThrowsAsync<TransportException>(action)).Error;

    private Task<TestNode> StartAsync(int seed, Func<Multiaddr, CancellationToken, Task>? before = null, PeerNetworkOptions? options = null) =>
        TestNode.StartAsync(
            seed,
            _memory,
            options,
            runtime: new TransportRuntime(_time, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance),
            wrap: t => _transport = new WrappedTransport(t, before));
}
