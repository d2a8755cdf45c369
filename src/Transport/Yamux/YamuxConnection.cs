using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Yamux;

/// <summary>A yamux session over a secure channel: the two loops, and the life and death of the connection.</summary>
internal sealed class YamuxConnection : MuxedConnection, IYamuxMember
{
    private readonly SecureChannel _channel;
    private readonly YamuxConnectionContext _context;
    private readonly YamuxLoop _loop;
    private readonly YamuxPump _pump;
    private readonly YamuxReceiver _receiver;
    private Task _closed = Task.CompletedTask;

    private YamuxConnection(SecureChannel channel, PublicKey remoteKey, Multiaddr remoteAddress, bool outbound, YamuxConnectionContext context)
    {
        _channel = channel;
        _context = context;
        RemoteKey = remoteKey;
        RemotePeer = remoteKey.PeerId;
        RemoteAddress = remoteAddress;
        Outbound = outbound;
        YamuxSignal signal = new();
        _loop = new YamuxLoop(outbound, context, context.Budgets.Join(RemotePeer, this), signal);
        _pump = new YamuxPump(_loop, channel, context, signal);
        _receiver = new YamuxReceiver(_loop);
    }

    /// <inheritdoc/>
    public override PeerId RemotePeer { get; }

    /// <inheritdoc/>
    public override PublicKey RemoteKey { get; }

    /// <inheritdoc/>
    public override Multiaddr RemoteAddress { get; }

    /// <inheritdoc/>
    public override bool Outbound { get; }

    /// <inheritdoc/>
    public override Task Closed => _closed;

    /// <inheritdoc/>
    public override int OpenStreams
    {
        get
        {
            lock (_loop.Gate)
            {
                return _loop.Session.OpenStreams;
            }
        }
    }

    /// <inheritdoc/>
    public long HeldBytes => _loop?.Session.HeldBytes ?? 0; // asked as soon as it has joined

    /// <summary>Starts the loops.</summary>
    /// <param name="channel">Owned from now on.</param>
    /// <param name="remoteKey">Proven.</param>
    /// <param name="remoteAddress">For display and policy.</param>
    /// <param name="outbound">Whether we dialled.</param>
    /// <param name="context">What all connections of a node share.</param>
    public static YamuxConnection Start(
        SecureChannel channel, PublicKey remoteKey, Multiaddr remoteAddress, bool outbound, YamuxConnectionContext context)
    {
        YamuxConnection connection = new(channel, remoteKey, remoteAddress, outbound, context);
        connection._closed = context.Spawner.StartAsync(connection.RunAsync);
        return connection;
    }

    /// <inheritdoc/>
    public override async ValueTask<MuxedStream> OpenStreamAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource? waiter = _loop.Open(out YamuxStream? stream);
            if (waiter is null)
            {
                return stream!;
            }

            // Not Task.WaitAsync: see MemoryPipe.
            using CancellationTokenRegistration registration =
                cancellationToken.UnsafeRegister(static (s, token) => ((TaskCompletionSource)s!).TrySetCanceled(token), waiter);
            await waiter.Task;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<MuxedStream?> AcceptStreamAsync(CancellationToken cancellationToken)
    {
        while (await _loop.Accepted.WaitToReadAsync(cancellationToken))
        {
            while (_loop.Accepted.TryRead(out YamuxStream? stream))
            {
                if (_loop.TryAccept(stream))
                {
                    return stream;
                }
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        _loop.Close(YamuxGoAway.None);
        _channel.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _loop.Close(YamuxGoAway.Normal);
        _pump.Finish();

        // The pump ends our side; the remote answers by ending its own, which ends the read loop.
        if (!await _closed.EndsWithinAsync(_context.Options.CloseTimeout, _context.Time))
        {
            _channel.Abort();
        }

        await _closed;
    }

    /// <inheritdoc/>
    public void Relieve() => _loop?.Relieve();

    private async Task RunAsync()
    {
        Task pump = _context.Spawner.StartAsync(_pump.RunAsync);
        try
        {
            await ReadAllAsync();
        }
        finally
        {
            _loop.End();
            await StopPumpAsync(pump);
            await _channel.CloseAsync();
            _pump.Dispose();
            _context.Budgets.Leave(RemotePeer, this);
            _channel.Release();
        }
    }

    private async Task StopPumpAsync(Task pump)
    {
        _pump.Finish();
        if (!await pump.EndsWithinAsync(_context.Options.CloseTimeout, _context.Time))
        {
            _channel.Abort();
        }

        await pump;
    }

    private async Task ReadAllAsync()
    {
        try
        {
            while (await _channel.ReadAsync(CancellationToken.None))
            {
                YamuxRefusal refusal = _receiver.Receive(_channel.Available);
                _channel.Consume(_channel.Available.Length);
                if (refusal != YamuxRefusal.None)
                {
                    _context.OnRefused(refusal);
                    _loop.Close(YamuxGoAway.ProtocolError);
                    return;
                }
            }
        }
        catch (TransportException e)
        {
            // Broken, aborted, or a frame that does not open: the end of this connection, and of nothing else.
            if (e.Error == TransportError.ProtocolViolation)
            {
                _context.OnRefused(YamuxRefusal.Tampered);
            }

            _channel.Abort();
        }
    }
}
