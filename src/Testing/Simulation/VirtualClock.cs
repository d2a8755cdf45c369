namespace P2P.Testing.Simulation;

/// <summary>Virtual time and everything that is still to happen: one queue, ordered by due time, then by when it was asked for.</summary>
internal sealed class VirtualClock
{
    private readonly PriorityQueue<VirtualEvent, (TimeSpan Due, long Order)> _queue = new();
    private long _order;

    /// <summary>Time since the beginning of the world.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Fired { get; private set; }

    /// <summary>Lets something happen later; <see cref="VirtualEvent.Cancel"/> takes it back.</summary>
    public VirtualEvent Schedule(TimeSpan delay, Action run)
    {
        TimeSpan due = Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero);
        VirtualEvent item = new(run);
        _queue.Enqueue(item, (due, _order++));
        return item;
    }

    /// <summary>Moves on to the next event that is due by <paramref name="until"/> and runs it; without one, to <paramref name="until"/>.</summary>
    /// <returns>Whether something happened.</returns>
    public bool FireNext(TimeSpan until)
    {
        while (_queue.TryPeek(out VirtualEvent? next, out (TimeSpan Due, long Order) at))
        {
            if (next.IsCancelled)
            {
                _queue.Dequeue();
                continue;
            }

            if (at.Due > until)
            {
                break;
            }

            _queue.Dequeue();
            Now = at.Due;
            Fired++;
            next.Run();
            return true;
        }

        Now = until > Now ? until : Now;
        return false;
    }
}
