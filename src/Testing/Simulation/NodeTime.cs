namespace P2P.Testing.Simulation;

/// <summary>The clock of one run of one node: virtual time, a wall clock that may be years off, timers that die with the node.</summary>
/// <param name="clock">The world's clock.</param>
/// <param name="scheduler">Tells whether the node still lives.</param>
/// <param name="wallClock">What the wall clock says at virtual time zero.</param>
internal sealed class NodeTime(VirtualClock clock, NodeScheduler scheduler, DateTimeOffset wallClock) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => clock.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => wallClock + clock.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        NodeTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class NodeTimer(NodeTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private VirtualEvent? _next;
        private bool _disposed;

        private VirtualClock Clock => time.World;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _next = null;
            _period = period;
            if (_disposed || dueTime == Timeout.InfiniteTimeSpan)
            {
                return !_disposed;
            }

            _next = Clock.Schedule(dueTime, Fire);
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            _next?.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (!time.Scheduler.IsAlive)
            {
                return;
            }

            _next = _period > TimeSpan.Zero ? Clock.Schedule(_period, Fire) : null;
            callback(state);
        }
    }

    private VirtualClock World => clock;

    private NodeScheduler Scheduler => scheduler;
}
