namespace P2P.Storage.Eviction;

/// <summary>
/// What is old enough to go. Blocks are stored before something links to them: the data of a snapshot before the snapshot, a payload before its event.
/// Whoever stored one must have time to say why, and whoever adds a large file has as long as it takes (<see cref="Hold"/>). Rows are numbered as they
/// come, so one number divides old from young. Thread-safe.
/// </summary>
/// <param name="newest">The newest row when the store was opened: what was not linked to by then was not acknowledged to anybody.</param>
internal sealed class EvictionAges(long newest)
{
    private readonly Lock _gate = new();
    private readonly Queue<(TimeSpan At, long Row)> _samples = [];
    private readonly List<long> _holds = [];
    private long _old = newest;
    private long _sampled = newest;
    private long _newest = newest;

    /// <summary>The newest row.</summary>
    public long Newest => Interlocked.Read(ref _newest);

    /// <summary>The last row that may go.</summary>
    public long Floor
    {
        get
        {
            lock (_gate)
            {
                return _holds.Count == 0 ? _old : Math.Min(_old, _holds.Min());
            }
        }
    }

    /// <summary>Rows up to here are given a new number when they are stored again: that somebody stores them counts.</summary>
    public long Renewed
    {
        get
        {
            lock (_gate)
            {
                return _holds.Count == 0 ? _sampled : Math.Max(_sampled, _holds.Max());
            }
        }
    }

    /// <summary>The number of the next row. One caller at a time.</summary>
    public long Next() => Interlocked.Increment(ref _newest);

    /// <summary>Notes the time: rows of before <paramref name="age"/> are old from now on.</summary>
    public void Tick(TimeSpan now, TimeSpan age)
    {
        lock (_gate)
        {
            _samples.Enqueue((now, _sampled = Newest));
            while (_samples.TryPeek(out (TimeSpan At, long Row) first) && now - first.At >= age)
            {
                _old = Math.Max(_old, _samples.Dequeue().Row);
            }
        }
    }

    /// <summary>What is stored until this is disposed stays.</summary>
    public IDisposable Hold()
    {
        lock (_gate)
        {
            long floor = Newest;
            _holds.Add(floor);
            return new Held(this, floor);
        }
    }

    private void Release(long floor)
    {
        lock (_gate)
        {
            _holds.Remove(floor);
        }
    }

    private sealed class Held(EvictionAges owner, long floor) : IDisposable
    {
        private int _done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) == 0)
            {
                owner.Release(floor);
            }
        }
    }
}
