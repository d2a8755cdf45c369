using System.Runtime.CompilerServices;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// A step function over [0,1) with dyadic steps and values ≥ 0: what both trees of a stamp denote, in packed form. Always in normal form: no two
/// sibling leaves are equal. The values lie one byte each above <see cref="Min"/> while they fit (an event at 128 replicas then allocates a
/// quarter of a kilobyte), otherwise eight bytes each.
/// </summary>
internal readonly struct Skyline
{
    private static readonly byte[] s_flat = [0];

    private readonly byte[]? _narrow;
    private readonly long[]? _wide;

    public Skyline(Shape shape, ReadOnlySpan<long> values)
    {
        Shape = shape;
        Min = values[0];
        Max = values[0];
        foreach (long value in values)
        {
            Min = Math.Min(Min, value);
            Max = Math.Max(Max, value);
        }

        if (Max - Min > byte.MaxValue)
        {
            _wide = values.ToArray();
            return;
        }

        _narrow = Min == Max ? s_flat : new byte[values.Length];
        for (int i = 0; i < values.Length && Min != Max; i++)
        {
            _narrow[i] = (byte)(values[i] - Min);
        }
    }

    private Skyline(Shape shape, byte[] narrow, long min, long max)
    {
        Shape = shape;
        _narrow = narrow;
        Min = min;
        Max = max;
    }

    public Shape Shape { get; }

    public long Min { get; }

    public long Max { get; }

    public int Count => Shape.Count;

    /// <summary>Value of a leaf.</summary>
    public long this[int leaf]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _narrow is byte[] narrow ? Min + narrow[leaf] : _wide![leaf];
    }

    /// <summary>Values above <see cref="Min"/>; empty when they do not fit a byte each.</summary>
    public ReadOnlySpan<byte> Narrow => _narrow;

    public static Skyline Flat(long value) => new(Shape.Whole, s_flat, value, value);

    /// <summary>The same with one leaf raised by 1 and the shape shared.</summary>
    /// <param name="leaf">Which; raising it must not make it equal to its sibling.</param>
    /// <exception cref="ClockOverflowException">The counter is at its end.</exception>
    public Skyline Raise(int leaf)
    {
        if (this[leaf] == long.MaxValue)
        {
            throw new ClockOverflowException();
        }

        if (_narrow is null || _narrow[leaf] == byte.MaxValue)
        {
            return RaiseWide(leaf);
        }

        byte[] raised = [.. _narrow];
        raised[leaf]++;
        long max = Math.Max(Max, Min + raised[leaf]);
        if (raised.AsSpan().Contains((byte)0))
        {
            return new Skyline(Shape, raised, Min, max);
        }

        foreach (ref byte value in raised.AsSpan())
        {
            value--;
        }

        return new Skyline(Shape, raised, Min + 1, max);
    }

    /// <summary>Whether it is the very same storage.</summary>
    public bool IsIdentical(in Skyline other) =>
        ReferenceEquals(_narrow, other._narrow) && ReferenceEquals(_wide, other._wide) && ReferenceEquals(Shape, other.Shape) && Min == other.Min;

    public bool IsSame(in Skyline other)
    {
        if (Min != other.Min || Max != other.Max || !Shape.IsSame(other.Shape))
        {
            return false;
        }

        // Equal bounds mean the same width of values.
        return _narrow is not null ? Narrow.SequenceEqual(other.Narrow) : _wide.AsSpan().SequenceEqual(other._wide);
    }

    public override int GetHashCode()
    {
        HashCode hash = default;
        for (int i = 0; i < Count; i++)
        {
            hash.Add(Shape.Depths[i]);
            hash.Add(this[i]);
        }

        return hash.ToHashCode();
    }

    private Skyline RaiseWide(int leaf)
    {
        long[] values = new long[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = this[i];
        }

        values[leaf]++;
        return new Skyline(Shape, values);
    }
}
