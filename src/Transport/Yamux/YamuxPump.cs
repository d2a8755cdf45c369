using P2P.Transport.Connections;

namespace P2P.Transport.Yamux;

/// <summary>
/// The only writer of a connection: fills the channel with frames while it holds the connection's lock, then seals and sends without it.
/// Runs on the thread of whoever writes first, until sending has to wait.
/// </summary>
internal sealed class YamuxPump(YamuxLoop loop, SecureChannel channel, YamuxConnectionContext context, YamuxSignal signal) : IDisposable
{
    // Below this a frame is not split over two Noise frames: two seals of small pieces cost more than one spare byte range.
    private const int SplitBytesMin = 1024;

    // How often a borrowed thread flushes before the pump moves to one of its own.
    private const int BorrowedFlushesMax = 2;

    private ITimer? _writeLimit;
    private volatile bool _finishing;

    /// <summary>Sends what is sendable, ends our side and stops.</summary>
    public void Finish()
    {
        _finishing = true;
        signal.Set(inline: false);
    }

    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                int flushes = 0;
                while (loop.Fill(this))
                {
                    await FlushAsync();
                    if (++flushes >= BorrowedFlushesMax)
                    {
                        flushes = 0;
                        await Task.Yield();
                    }
                }

                if (_finishing)
                {
                    await channel.CloseWriteAsync(CancellationToken.None);
                    return;
                }

                await signal.WaitAsync();
            }
        }
        catch (TransportException)
        {
            // The connection is broken: the reader learns it too and ends the session with its reason.
            channel.Abort();
        }
    }

    /// <summary>Moves as many frames as fit from the session to the channel. Under the connection's lock.</summary>
    /// <param name="session">Where they come from.</param>
    /// <returns>Whether there is anything to flush.</returns>
    public bool Fill(YamuxSession session)
    {
        while (session.HasOutput)
        {
            Span<byte> room = channel.Room;
            if (room.Length < YamuxFrame.HeaderBytes + SplitBytesMin)
            {
                channel.EndFrame();
                room = channel.Room;
                if (room.Length == 0)
                {
                    break;
                }
            }

            if (!session.TryTakeFrame(room.Length - YamuxFrame.HeaderBytes, out YamuxFrame frame, out YamuxStreamState? source))
            {
                break;
            }

            frame.Write(room);
            int body = (int)frame.BodyBytes;
            if (body > 0)
            {
                ((YamuxStream)source!.Handle!).CopyOutLocked(room.Slice(YamuxFrame.HeaderBytes, body));
            }

            channel.Advance(YamuxFrame.HeaderBytes + body);
        }

        return channel.HasOutput;
    }

    public void Dispose() => _writeLimit?.Dispose();

    private async ValueTask FlushAsync()
    {
        ValueTask flush = channel.FlushAsync(CancellationToken.None);
        if (flush.IsCompletedSuccessfully)
        {
            await flush;
            return;
        }

        // The remote does not read: it has this long before it is cut off.
        _writeLimit ??= context.Time.CreateTimer(static s => ((YamuxPump)s!).OnWriteTimeout(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _writeLimit.Change(context.Options.WriteTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            await flush;
        }
        finally
        {
            _writeLimit.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnWriteTimeout()
    {
        context.OnRefused(YamuxRefusal.WriteTimeout);
        channel.Abort();
    }
}
