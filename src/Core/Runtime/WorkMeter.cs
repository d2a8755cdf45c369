namespace P2P.Core.Runtime;

/// <summary>
/// Adds up the wall and CPU time of one kind of work, piece by piece, each on one thread from beginning to end. For measurements only: each piece
/// costs two system calls. Thread-safe.
/// </summary>
/// <param name="time">The clock of wall time.</param>
public sealed class WorkMeter(TimeProvider time)
{
    private long _wallTicks;
    private long _cpuTicks;

    /// <summary>Wall time so far. Pieces that ran at the same time both count.</summary>
    public TimeSpan Wall => TimeSpan.FromTicks(Interlocked.Read(ref _wallTicks));

    /// <summary>CPU time so far; wall time instead for pieces of which it is not known.</summary>
    public TimeSpan Cpu => TimeSpan.FromTicks(Interlocked.Read(ref _cpuTicks));

    /// <summary>A piece begins.</summary>
    public WorkMark Begin() => new(time.GetTimestamp(), ThreadClock.Now, Environment.CurrentManagedThreadId);

    /// <summary>It ends.</summary>
    /// <param name="begun">Its beginning; null when it was not measured then.</param>
    public void End(WorkMark? begun)
    {
        if (begun is not WorkMark mark)
        {
            return;
        }

        TimeSpan wall = time.GetElapsedTime(mark.At);
        TimeSpan cpu = mark.Cpu is TimeSpan from && mark.Thread == Environment.CurrentManagedThreadId && ThreadClock.Now is TimeSpan now ? now - from : wall;
        Interlocked.Add(ref _wallTicks, wall.Ticks);
        Interlocked.Add(ref _cpuTicks, cpu.Ticks);
    }
}
