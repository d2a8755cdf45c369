using P2P.Transport.Connections;

namespace P2P.Transport.Memory;

/// <summary>One direction of a memory connection: a bounded ring of bytes. One reader, one writer. Thread-safe.</summary>
internal sealed class MemoryPipe(int capacityBytes)
{
    private readonly Lock _gate = new();
    private byte[] _ring = [];
    private int _start;
    private int _count;
    private bool _ended;
    private bool _aborted;
    private TaskCompletionSource? _readable;
    private TaskCompletionSource? _writable;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource wait;
            lock (_gate)
            {
                ThrowIfAborted();
                if (_count > 0 || buffer.Length == 0)
                {
                    return TakeLocked(buffer.Span);
                }

                if (_ended)
                {
                    return 0;
                }

                wait = WaiterLocked(ref _readable);
            }

            await WaitAsync(wait, cancellationToken);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource wait;
            lock (_gate)
            {
                ThrowIfAborted();
                if (_ended)
                {
                    throw new TransportException(TransportError.ConnectionClosed, "The write side is closed.");
                }

                int taken = PutLocked(data.Span);
                data = data[taken..];
                if (data.Length == 0)
                {
                    return;
                }

                wait = WaiterLocked(ref _writable);
            }

            await WaitAsync(wait, cancellationToken);
        }
    }

    /// <summary>No more bytes will be written; what is there stays readable.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Wake(ref _readable);
            Wake(ref _writable);
        }
    }

    /// <summary>Drops everything; both sides fail.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _aborted = true;
            _ring = [];
            _count = 0;
            Wake(ref _readable);
            Wake(ref _writable);
        }
    }

    private static TaskCompletionSource WaiterLocked(ref TaskCompletionSource? waiter)
    {
        if (waiter is null || waiter.Task.IsCompleted)
        {
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); // the last one was cancelled
        }

        return waiter;
    }

    // Not Task.WaitAsync: behind a source with asynchronous continuations it goes through the thread pool, and a simulation loses it.
    private static async ValueTask WaitAsync(TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static (s, token) => ((TaskCompletionSource)s!).TrySetCanceled(token), waiter);
        await waiter.Task;
    }

    private static void Wake(ref TaskCompletionSource? waiter)
    {
        waiter?.TrySetResult();
        waiter = null;
    }

    private void ThrowIfAborted()
    {
        if (_aborted)
        {
            throw new TransportException(TransportError.ConnectionClosed, "The connection was aborted.");
        }
    }

    private int TakeLocked(Span<byte> destination)
    {
        int total = Math.Min(destination.Length, _count);
        int first = Math.Min(total, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(destination);
        _ring.AsSpan(0, total - first).CopyTo(destination[first..]);
        _count -= total;
        _start = _count == 0 ? 0 : (_start + total) % _ring.Length;
        Wake(ref _writable);
        return total;
    }

    private int PutLocked(ReadOnlySpan<byte> source)
    {
        int total = Math.Min(source.Length, capacityBytes - _count);
        GrowLocked(_count + total);
        int end = _ring.Length == 0 ? 0 : (_start + _count) % _ring.Length;
        int first = Math.Min(total, _ring.Length - end);
        source[..first].CopyTo(_ring.AsSpan(end));
        source[first..total].CopyTo(_ring);
        _count += total;
        if (total > 0)
        {
            Wake(ref _readable);
        }

        return total;
    }

    // An idle connection holds nothing; a busy one grows to its capacity and stays there.
    private void GrowLocked(int neededBytes)
    {
        if (neededBytes <= _ring.Length)
        {
            return;
        }

        int length = Math.Max(1024, _ring.Length);
        while (length < neededBytes)
        {
            length *= 2;
        }

        byte[] larger = new byte[Math.Min(length, capacityBytes)];
        int first = Math.Min(_count, _ring.Length - _start);
        _ring.AsSpan(_start, first).CopyTo(larger);
        _ring.AsSpan(0, _count - first).CopyTo(larger.AsSpan(first));
        _ring = larger;
        _start = 0;
    }
}
