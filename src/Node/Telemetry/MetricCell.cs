namespace P2P.Node.Telemetry;

/// <summary>One series: the value of an instrument under one set of labels. Thread-safe; adding allocates nothing.</summary>
internal sealed class MetricCell
{
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly long[] _buckets;
    private readonly double[] _bounds;
    private double _value;
    private long _count;

    /// <summary>A series.</summary>
    /// <param name="tags">Copied.</param>
    /// <param name="bounds">Upper bounds of the buckets of a histogram, ascending; empty for all else.</param>
    public MetricCell(ReadOnlySpan<KeyValuePair<string, object?>> tags, double[] bounds)
    {
        _tags = tags.ToArray();
        _bounds = bounds;
        _buckets = new long[bounds.Length == 0 ? 0 : bounds.Length + 1];
        Labels = PrometheusNames.Labels(tags);
    }

    /// <summary><c>name="value",…</c> without braces; empty without labels. Made once.</summary>
    public string Labels { get; }

    /// <summary>The value, or the sum of a histogram.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>Values recorded.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Recorded values in a bucket; the last one has no bound.</summary>
    public long Bucket(int index) => Interlocked.Read(ref _buckets[index]);

    /// <summary>Whether it is the series of these labels. The order counts: an instrument always gives them in the same one.</summary>
    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _tags.Length)
        {
            return false;
        }

        for (int i = 0; i < tags.Length; i++)
        {
            if (!Equals(tags[i].Value, _tags[i].Value) || tags[i].Key != _tags[i].Key)
            {
                return false;
            }
        }

        return true;
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double by)
    {
        double before = Volatile.Read(ref _value);
        while (true)
        {
            double found = Interlocked.CompareExchange(ref _value, before + by, before);
            if (found.Equals(before))
            {
                return;
            }

            before = found;
        }
    }

    public void Record(double value)
    {
        int bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Interlocked.Increment(ref _count);
        Add(value);
    }
}
