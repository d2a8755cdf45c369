namespace P2P.Transport.Connections;

/// <summary>Counts refusals by reason. Thread-safe.</summary>
internal sealed class RefusalCounters
{
    private readonly long[] _counts = new long[Enum.GetValues<ConnectionRefusal>().Length];

    public void Add(ConnectionRefusal reason) => Interlocked.Increment(ref _counts[(int)reason]);

    /// <summary>The reasons that occurred.</summary>
    public IReadOnlyDictionary<ConnectionRefusal, long> Snapshot()
    {
        Dictionary<ConnectionRefusal, long> snapshot = [];
        foreach (ConnectionRefusal reason in Enum.GetValues<ConnectionRefusal>())
        {
            long count = Interlocked.Read(ref _counts[(int)reason]);
            if (count > 0)
            {
                snapshot.Add(reason, count);
            }
        }

        return snapshot;
    }
}
