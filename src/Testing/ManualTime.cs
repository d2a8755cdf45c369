namespace P2P.Testing;

/// <summary>
/// A clock that moves only when told to. Timers fire inside <see cref="Advance"/>, in order of their due time, then of their creation.
/// Thread-safe; callbacks run on the thread that advances.
/// </summary>
/// <param name="start">The first wall-clock reading.</param>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;
    private long _nextId;

    /// <summary>A clock that starts on 1 January 2026, UTC.</summary>
    public ManualTime()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Virtual time since creation.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _elapsed;
            }
        }
    }

    /// <summary>When the next timer is due, or null when none is armed.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_gate)
            {
                return Next(TimeSpan.MaxValue)?.Due;
            }
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_gate)
        {
            ManualTimer timer = new(this, callback, state, _nextId++);
            timer.Arm(_elapsed, dueTime, period);
            _timers.Add(timer);
            return timer;
        }
    }

    /// <summary>Moves the clock and fires what falls due on the way.</summary>
    /// <param name="by">Not negative.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target = Elapsed + by;
        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = Next(target);
                _elapsed = due?.Due ?? target;
                due?.Rearm();
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    private ManualTimer? Next(TimeSpan until)
    {
        ManualTimer? best = null;
        foreach (ManualTimer timer in _timers)
        {
            if (timer.Due is TimeSpan due && due <= until
                && (best is null || due < best.Due || (due == best.Due && timer.Id < best.Id)))
            {
                best = timer;
            }
        }

        return best;
    }

    private void Change(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            timer.Arm(_elapsed, dueTime, period);
        }
    }

    private void Remove(ManualTimer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state, long id) : ITimer
    {
        private TimeSpan _period;

        public long Id { get; } = id;

        public TimeSpan? Due { get; private set; }

        public void Arm(TimeSpan now, TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : now + dueTime;
            _period = period;
        }

        public void Rearm() => Due = _period > TimeSpan.Zero ? Due + _period : null;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Change(this, dueTime, period);
            return true;
        }

        public void Dispose() => owner.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
