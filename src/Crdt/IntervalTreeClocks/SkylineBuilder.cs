using System.Buffers;
using P2P.Core.Runtime;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Takes leaves from left to right and, unless told otherwise, joins equal siblings at once, which is the whole of normalisation. Scratch comes
/// from the array pool and grows with the leaves actually pushed, never with a length somebody claims.
/// </summary>
internal ref struct SkylineBuilder
{
    private const int FirstCapacity = 64;

    private readonly bool _joins;
    private ushort[] _depths;
    private ushort[] _ups;
    private long[] _values;

    /// <summary>Levels at which the walk is in a left child: its right sibling is still to come. The innermost lies on top.</summary>
    private ushort[] _pending;
    private int _pendingCount;
    private int _count;
    private int _level;

    public SkylineBuilder(bool joinsSiblings)
    {
        _joins = joinsSiblings;
        _depths = ArrayPool<ushort>.Shared.Rent(FirstCapacity);
        _ups = ArrayPool<ushort>.Shared.Rent(FirstCapacity);
        _values = ArrayPool<long>.Shared.Rent(FirstCapacity);
        _pending = ArrayPool<ushort>.Shared.Rent(FirstCapacity);
    }

    public readonly int Count => _count;

    /// <summary>Level of the subtree that comes next; 0 before the first and after the last leaf.</summary>
    public readonly int Level => _level;

    public readonly ReadOnlySpan<ushort> Depths => _depths.AsSpan(0, _count);

    public readonly ReadOnlySpan<ushort> Ups => _ups.AsSpan(0, _count);

    public readonly Span<long> Values => _values.AsSpan(0, _count);

    /// <summary>The levels of the next leaf's path that turn left, outermost first. Valid after <see cref="Descend"/>.</summary>
    public readonly ReadOnlySpan<ushort> Lefts => _pending.AsSpan(0, _pendingCount);

    /// <summary>Goes down left children to a level.</summary>
    /// <param name="depth">Not above <see cref="Level"/>.</param>
    public void Descend(int depth)
    {
        while (_pendingCount + depth - _level > _pending.Length)
        {
            Double(ref _pending, _pendingCount);
        }

        while (_level < depth)
        {
            _pending[_pendingCount++] = (ushort)++_level;
        }
    }

    public void Push(int depth, long value)
    {
        Invariant.Check(depth >= _level && depth <= ClockLimits.MemoryDepthMax, "A leaf lies inside its subtree.");
        Descend(depth);
        while (_joins && depth > 0 && _count > 0 && _depths[_count - 1] == depth && _values[_count - 1] == value && !IsLeft(depth))
        {
            _count--;
            depth--;
        }

        if (_count == _depths.Length)
        {
            Double(ref _depths, _count);
        }

        if (_count == _ups.Length)
        {
            Double(ref _ups, _count);
        }

        if (_count == _values.Length)
        {
            Double(ref _values, _count);
        }

        _level = _pendingCount > 0 ? _pending[--_pendingCount] : 0;
        _depths[_count] = (ushort)depth;
        _ups[_count] = (ushort)_level;
        _values[_count++] = value;
    }

    /// <summary>What was pushed; shares a shape that is the same.</summary>
    /// <param name="like">A shape the result often has.</param>
    /// <param name="orLike">Another.</param>
    public readonly Skyline ToSkyline(Shape? like = null, Shape? orLike = null)
    {
        Invariant.Check(_count > 0 && _level == 0, "The leaves cover the interval.");
        Shape shape = _count == 1 ? Shape.Whole
            : like is not null && Depths.SequenceEqual(like.Depths) ? like
            : orLike is not null && Depths.SequenceEqual(orLike.Depths) ? orLike
            : new Shape([.. Depths], [.. Ups]);
        return new Skyline(shape, Values);
    }

    public readonly void Dispose()
    {
        ArrayPool<ushort>.Shared.Return(_depths);
        ArrayPool<ushort>.Shared.Return(_ups);
        ArrayPool<ushort>.Shared.Return(_pending);
        ArrayPool<long>.Shared.Return(_values);
    }

    private readonly bool IsLeft(int depth) => _pendingCount > 0 && _pending[_pendingCount - 1] == depth;

    private static void Double<T>(ref T[] array, int count)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.AsSpan(0, count).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}
