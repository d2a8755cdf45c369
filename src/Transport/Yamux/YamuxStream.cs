using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Yamux;

/// <summary>
/// The application's end of a stream. Received bytes lie under the stream's own lock, sending and accounting under the connection's; the
/// connection's lock may be held while the stream's is taken, never the other way round.
/// </summary>
internal sealed class YamuxStream : MuxedStream
{
    private readonly Lock _gate = new();
    private readonly YamuxLoop _loop;
    private readonly YamuxReceiveQueue _received = new();
    private readonly YamuxWaiter _reader;
    private readonly YamuxWaiter _writer;
    private Memory<byte> _readBuffer;
    private ReadOnlyMemory<byte> _writeData;
    private TransportError _readError;
    private TransportError _writeError;
    private bool _remoteEnded;
    private bool _disposed;

    public YamuxStream(YamuxLoop loop, YamuxStreamState state)
    {
        _loop = loop;
        State = state;
        state.Handle = this;
        _reader = new YamuxWaiter(CancelRead);
        _writer = new YamuxWaiter(CancelWrite);
    }

    public YamuxStreamState State { get; }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        int taken;
        int freed;
        ValueTask<int> waiting = default;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Invariant.Check(!_reader.Waiting, "Two reads of one stream at the same time.");
            int before = _received.Capacity;
            taken = _received.Take(buffer.Span);
            freed = before - _received.Capacity;
            if (taken == 0)
            {
                if (_remoteEnded || buffer.Length == 0)
                {
                    return ValueTask.FromResult(0);
                }

                if (_readError != TransportError.None)
                {
                    return ValueTask.FromException<int>(ErrorOf(_readError));
                }

                _readBuffer = buffer;
                waiting = new ValueTask<int>(_reader, _reader.Begin(cancellationToken));
            }
        }

        if (taken == 0)
        {
            _loop.Announce(State); // the remote may wait for SYN or ACK before it says anything
            return waiting;
        }

        _loop.OnRead(State, taken, freed);
        return ValueTask.FromResult(taken);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ValueTask waiting;
        lock (_loop.Gate)
        {
            if (_writeError != TransportError.None)
            {
                return ValueTask.FromException(ErrorOf(_writeError));
            }

            if (data.Length == 0)
            {
                return ValueTask.CompletedTask;
            }

            Invariant.Check(!_writer.Waiting, "Two writes to one stream at the same time.");
            _writeData = data;
            _loop.Session.Write(State, data.Length);
            waiting = new ValueTask(_writer, _writer.Begin(cancellationToken));
        }

        _loop.Kick(inline: true);
        return waiting;
    }

    /// <inheritdoc/>
    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        lock (_loop.Gate)
        {
            if (_writeError != TransportError.None)
            {
                return ValueTask.CompletedTask;
            }

            _writeError = TransportError.StreamReset; // "write side closed"
            _loop.Session.CloseWrite(State);
        }

        _loop.Kick(inline: true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override bool TryGrowWindow(int windowBytes)
    {
        lock (_loop.Gate)
        {
            return _loop.Session.TryGrowWindow(State, windowBytes); // leaves with SYN, ACK or whatever is sent next
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        lock (_loop.Gate)
        {
            _loop.Session.Reset(State);
            FailLocked(TransportError.StreamReset, dropUnread: true);
        }

        _loop.Kick(inline: false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        lock (_loop.Gate)
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return ValueTask.CompletedTask;
                }

                _disposed = true;
            }

            if (_writer.Waiting)
            {
                // Disposed in the middle of a write: the end would come behind a torn message. Reset says so.
                _loop.Session.Reset(State);
            }

            FailLocked(TransportError.StreamReset, dropUnread: true);
            _loop.Abandon(State);
        }

        _loop.Kick(inline: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Copies the next bytes of the pending write. Under the connection's lock.</summary>
    /// <param name="destination">Exactly as long as the frame's body.</param>
    public void CopyOutLocked(Span<byte> destination)
    {
        _writeData.Span[..destination.Length].CopyTo(destination);
        _writeData = _writeData[destination.Length..];
        if (_writeData.Length == 0 && _writer.Waiting)
        {
            _writer.Complete(0);
        }
    }

    /// <summary>Takes received bytes: into the waiting reader's buffer if there is one, the rest into memory.</summary>
    /// <param name="data">Copied.</param>
    /// <param name="held">Memory taken for them.</param>
    /// <returns>Bytes that went to the reader.</returns>
    public int Receive(ReadOnlySpan<byte> data, out int held)
    {
        lock (_gate)
        {
            held = 0;
            if (_disposed || _readError != TransportError.None)
            {
                return 0;
            }

            int direct = 0;
            if (_reader.Waiting)
            {
                direct = Math.Min(data.Length, _readBuffer.Length);
                data[..direct].CopyTo(_readBuffer.Span);
                _readBuffer = default;
                _reader.Complete(direct);
            }

            int before = _received.Capacity;
            _received.Append(data[direct..]);
            held = _received.Capacity - before;
            return direct;
        }
    }

    /// <summary>The remote half-closed.</summary>
    public void EndRemote()
    {
        lock (_gate)
        {
            _remoteEnded = true;
            if (_reader.Waiting)
            {
                _readBuffer = default;
                _reader.Complete(0);
            }
        }
    }

    /// <summary>Ends both directions. Under the connection's lock.</summary>
    /// <param name="error">What callers are told.</param>
    /// <param name="dropUnread">Whether unread bytes are lost (reset) or may still be read (connection ended).</param>
    public void FailLocked(TransportError error, bool dropUnread)
    {
        _writeError = _writeError == TransportError.None ? error : _writeError;
        _writeData = default;
        if (_writer.Waiting)
        {
            _writer.Fail(ErrorOf(error));
        }

        int freed = 0;
        lock (_gate)
        {
            _readError = _readError == TransportError.None ? error : _readError;
            if (dropUnread)
            {
                freed = _received.Capacity;
                _received.Clear();
                _remoteEnded = false;
            }

            if (_reader.Waiting)
            {
                _readBuffer = default;
                _reader.Fail(ErrorOf(error));
            }
        }

        if (freed > 0)
        {
            _loop.ReleaseLocked(State, freed);
        }
    }

    private static TransportException ErrorOf(TransportError error) => new(
        error,
        error == TransportError.StreamReset ? "The stream was reset or this side of it is closed." : "The connection has ended.");

    private void CancelRead(CancellationToken token)
    {
        lock (_gate)
        {
            if (_reader.IsFor(token))
            {
                _readBuffer = default;
                _reader.Fail(new OperationCanceledException(token));
            }
        }
    }

    private void CancelWrite(CancellationToken token)
    {
        lock (_loop.Gate)
        {
            if (_writer.IsFor(token))
            {
                _writeData = default;
                _loop.Session.Write(State, 0);
                _writer.Fail(new OperationCanceledException(token));
            }
        }
    }
}
