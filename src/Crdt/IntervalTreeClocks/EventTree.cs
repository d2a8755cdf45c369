namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// How far each part of the interval [0,1) has been raised: a counter, or a counter for the whole and a tree for each half. Immutable, always in
/// normal form, packed into flat arrays that trees of the same cut share.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, sections 1 and 2.</remarks>
public sealed class EventTree : IEquatable<EventTree>
{
    private readonly Skyline _skyline;

    internal EventTree(in Skyline skyline) => _skyline = skyline;

    /// <summary>No event.</summary>
    public static EventTree Zero { get; } = new(Skyline.Flat(0));

    /// <summary>Lowest counter anywhere.</summary>
    public long Min => _skyline.Min;

    /// <summary>Highest counter anywhere; one event raises it by at most 1.</summary>
    public long Max => _skyline.Max;

    /// <summary>Levels below the root.</summary>
    public int Depth => _skyline.Shape.DepthMax;

    /// <summary>Leaves of the tree.</summary>
    public int LeafCount => _skyline.Count;

    internal Skyline Skyline => _skyline;

    /// <summary>The same height everywhere.</summary>
    /// <param name="counter">Not negative.</param>
    public static EventTree Leaf(long counter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(counter);
        return new EventTree(Skyline.Flat(counter));
    }

    /// <summary>A node, brought into normal form.</summary>
    /// <param name="counter">Added to both halves; not negative.</param>
    /// <param name="left">Left half.</param>
    /// <param name="right">Right half.</param>
    /// <exception cref="ClockOverflowException">A counter passes the end.</exception>
    /// <exception cref="ClockException">Deeper than <see cref="ClockLimits.MemoryDepthMax"/>.</exception>
    public static EventTree Node(long counter, EventTree left, EventTree right)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(counter);
        TreeText.CheckDepth(Math.Max(left.Depth, right.Depth) + 1);
        if (Math.Max(left.Max, right.Max) > long.MaxValue - counter)
        {
            throw new ClockOverflowException();
        }

        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            Append(ref builder, left._skyline, counter);
            Append(ref builder, right._skyline, counter);
            return new EventTree(builder.ToSkyline());
        }
        finally
        {
            builder.Dispose();
        }
    }

    /// <summary>Reads the text form, such as <c>(1, 0, (0, 1, 0))</c>, and brings it into normal form.</summary>
    /// <param name="text">Typed by a person.</param>
    /// <exception cref="FormatException">It is not one.</exception>
    public static EventTree Parse(string text)
    {
        TreeText reader = new(text);
        EventTree events = reader.ReadEvents();
        reader.ReadEnd();
        return events;
    }

    /// <summary>Whether it is nowhere above <paramref name="other"/>. Allocates nothing.</summary>
    /// <param name="other">The other.</param>
    public bool Leq(EventTree other) => ReferenceEquals(this, other) || SkylineMerge.Leq(_skyline, other._skyline);

    /// <summary>The higher of both everywhere; one of the two itself when it is that already.</summary>
    /// <param name="other">The other.</param>
    public EventTree Join(EventTree other)
    {
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        Skyline joined = SkylineMerge.Max(_skyline, other._skyline);
        return joined.IsIdentical(_skyline) ? this : joined.IsIdentical(other._skyline) ? other : new EventTree(joined);
    }

    /// <summary>Raises what <paramref name="id"/> owns to the level visible around it.</summary>
    /// <param name="id">The owner.</param>
    public EventTree Fill(Id id)
    {
        Skyline filled = Growth.Fill(id.Skyline, _skyline);
        return filled.IsSame(_skyline) ? this : new EventTree(filled);
    }

    /// <inheritdoc/>
    public bool Equals(EventTree? other) => other is not null && _skyline.IsSame(other._skyline);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EventTree);

    /// <inheritdoc/>
    public override int GetHashCode() => _skyline.GetHashCode();

    /// <summary>The text form, a space after every comma.</summary>
    public override string ToString() => TreeText.Write(new System.Text.StringBuilder(), new SkylineNodes(_skyline), hasBase: true).ToString();

    /// <summary>After one event of <paramref name="id"/>.</summary>
    internal EventTree Raise(Id id) => new(Growth.Event(id.Skyline, _skyline));

    private static void Append(ref SkylineBuilder builder, in Skyline half, long counter)
    {
        for (int i = 0; i < half.Count; i++)
        {
            builder.Push(half.Shape.Depths[i] + 1, half[i] + counter);
        }
    }
}
