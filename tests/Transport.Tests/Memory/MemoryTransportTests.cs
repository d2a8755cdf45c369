using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Memory;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Memory;

public sealed class MemoryTransportTests
{
    private readonly MemoryTransport _transport = new(new MemoryNetwork(pipeBytes: 1000, backlog: 2));

    [Fact]
    public async Task Bytes_travel_in_order_through_a_bounded_pipe()
    {
        (RawConnection dialled, RawConnection accepted) = await PairAsync();
        byte[] sent = StreamIo.Pattern(50_000);

        Task writing = dialled.WriteAsync(sent, CancellationToken.None).AsTask();
        Assert.False(writing.IsCompleted); // 1,000 bytes fit
        List<byte> got = [];
        byte[] buffer = new byte[333];
        while (got.Count < sent.Length)
        {
            int read = await accepted.ReadAsync(buffer, CancellationToken.None);
            got.AddRange(buffer[..read]);
        }

        await writing;
        Assert.Equal(sent, got);
    }

    [Fact]
    public async Task Ending_one_side_leaves_the_other_open()
    {
        (RawConnection dialled, RawConnection accepted) = await PairAsync();
        await dialled.WriteAsync("x"u8.ToArray(), CancellationToken.None);
        await dialled.CloseWriteAsync(CancellationToken.None);

        Assert.Equal(1, await accepted.ReadAsync(new byte[5], CancellationToken.None));
        Assert.Equal(0, await accepted.ReadAsync(new byte[5], CancellationToken.None));
        await accepted.WriteAsync("y"u8.ToArray(), CancellationToken.None);
        Assert.Equal(1, await dialled.ReadAsync(new byte[5], CancellationToken.None));
        await Assert.ThrowsAsync<TransportException>(async () => await dialled.WriteAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task An_abort_wakes_both_ends()
    {
        (RawConnection dialled, RawConnection accepted) = await PairAsync();
        Task<int> reading = accepted.ReadAsync(new byte[5], CancellationToken.None).AsTask();
        Task writing = accepted.WriteAsync(new byte[5000], CancellationToken.None).AsTask();

        dialled.Abort();

        Assert.Equal(TransportError.ConnectionClosed, (await Assert.ThrowsAsync<TransportException>(() => reading)).Error);
        Assert.Equal(TransportError.ConnectionClosed, (await Assert.ThrowsAsync<TransportException>(() => writing)).Error);
    }

    [Fact]
    public async Task A_number_can_be_listened_on_once_and_again_after_disposal()
    {
        ITransportListener first = await _transport.ListenAsync(Multiaddr.FromMemory(7), CancellationToken.None);
        TransportException e = await Assert.ThrowsAsync<TransportException>(
            async () => await _transport.ListenAsync(Multiaddr.FromMemory(7), CancellationToken.None));
        Assert.Equal(TransportError.AddressInUse, e.Error);

        await first.DisposeAsync();
        await using ITransportListener second = await _transport.ListenAsync(Multiaddr.FromMemory(7), CancellationToken.None);

        Assert.Equal(Multiaddr.FromMemory(7), second.Address);
    }

    [Fact]
    public async Task Networks_do_not_see_each_other()
    {
        await using ITransportListener listener = await _transport.ListenAsync(Multiaddr.FromMemory(7), CancellationToken.None);

        TransportException e = await Assert.ThrowsAsync<TransportException>(
            async () => await new MemoryTransport(new MemoryNetwork()).DialAsync(Multiaddr.FromMemory(7), CancellationToken.None));
        Assert.Equal(TransportError.Unreachable, e.Error);
    }

    [Fact]
    public async Task Number_zero_picks_a_free_one()
    {
        await using ITransportListener first = await _transport.ListenAsync(Multiaddr.FromMemory(0), CancellationToken.None);
        await using ITransportListener second = await _transport.ListenAsync(Multiaddr.FromMemory(0), CancellationToken.None);

        Assert.NotEqual(first.Address, second.Address);
        Assert.NotEqual(Multiaddr.FromMemory(0), first.Address);
    }

    [Fact]
    public async Task A_full_backlog_refuses_and_disposal_drops_who_waits()
    {
        ITransportListener listener = await _transport.ListenAsync(Multiaddr.FromMemory(7), CancellationToken.None);
        RawConnection waiting = await _transport.DialAsync(listener.Address, CancellationToken.None);
        await _transport.DialAsync(listener.Address, CancellationToken.None);
        await Assert.ThrowsAsync<TransportException>(async () => await _transport.DialAsync(listener.Address, CancellationToken.None));

        await listener.DisposeAsync();

        await Assert.ThrowsAsync<TransportException>(async () => await waiting.ReadAsync(new byte[1], CancellationToken.None));
        Assert.Null(await listener.AcceptAsync(CancellationToken.None));
    }

    private async Task<(RawConnection Dialled, RawConnection Accepted)> PairAsync()
    {
        await using ITransportListener listener = await _transport.ListenAsync(Multiaddr.FromMemory(0), CancellationToken.None);
        RawConnection dialled = await _transport.DialAsync(listener.Address, CancellationToken.None);
        return (dialled, (await listener.AcceptAsync(CancellationToken.None))!);
    }
}
