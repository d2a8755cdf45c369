using P2P.Crdt.Sync;

namespace P2P.Testing.Simulation;

/// <summary>
/// One end of a reliable, ordered stream over a simulated link: writes arrive late, a full window makes the writer wait, and at any write the
/// stream may break. There is no loss inside it: what a lossy network does to a stream is to cut it.
/// </summary>
internal sealed class SimulatedStream : ISyncChannel
{
    private const int WindowBytes = 256 << 10;

    private readonly SimulatedLinks _links;
    private readonly Queue<ReadOnlyMemory<byte>> _arrived = new();
    private SimulatedStream _other = null!;
    private TimeSpan _lastArrival;
    private TaskCompletionSource _changed = new();
    private int _unread;
    private bool _ended;
    private bool _cut;

    private SimulatedStream(SimulatedLinks links) => _links = links;

    /// <summary>Both ends of a new stream.</summary>
    public static (SimulatedStream Near, SimulatedStream Far) Create(SimulatedLinks links)
    {
        SimulatedStream near = new(links);
        SimulatedStream far = new(links) { _other = near };
        near._other = far;
        return (near, far);
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_arrived.Count == 0 && !_ended && !_cut)
        {
            await WaitAsync(cancellationToken);
        }

        ThrowIfCut();
        if (!_arrived.TryDequeue(out ReadOnlyMemory<byte> first))
        {
            return 0;
        }

        int count = Math.Min(first.Length, buffer.Length);
        first[..count].CopyTo(buffer);
        if (count < first.Length)
        {
            ReadOnlyMemory<byte>[] rest = [first[count..], .. _arrived];
            _arrived.Clear();
            Array.ForEach(rest, _arrived.Enqueue);
        }

        _unread -= count;
        _other.Signal();
        return count;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (_other._unread >= WindowBytes && !_cut)
        {
            await WaitAsync(cancellationToken);
        }

        ThrowIfCut();
        _other._unread += data.Length;
        _links.Trace(data.Span);
        byte[] copy = data.ToArray();
        Deliver(() =>
        {
            _other._arrived.Enqueue(copy);
            _other.Signal();
        });
    }

    public ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        ThrowIfCut();
        Deliver(() =>
        {
            _other._ended = true;
            _other.Signal();
        });
        return ValueTask.CompletedTask;
    }

    /// <summary>Breaks both ends at once.</summary>
    public void Cut()
    {
        foreach (SimulatedStream end in (ReadOnlySpan<SimulatedStream>)[this, _other])
        {
            end._cut = true;
            end.Signal();
        }
    }

    private void Deliver(Action arrive)
    {
        if (_links.Breaks())
        {
            Cut();
            return;
        }

        TimeSpan now = _links.Now;
        TimeSpan arrival = now + _links.Delay();
        _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
        _links.At(_lastArrival - now, arrive);
    }

    private void ThrowIfCut()
    {
        if (_cut)
        {
            throw new IOException("The simulated stream broke.");
        }
    }

    private void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource();
        changed.TrySetResult();
    }

    private async Task WaitAsync(CancellationToken cancellationToken) => await _changed.Task.WaitAsync(cancellationToken);
}
