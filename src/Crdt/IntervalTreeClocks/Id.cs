using System.Diagnostics.CodeAnalysis;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Which part of the interval [0,1) a stamp may raise: 0, 1, or a pair for the two halves. Immutable, always in normal form, packed into two flat
/// arrays.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, sections 1 and 2.</remarks>
public sealed class Id : IEquatable<Id>
{
    private readonly Skyline _skyline;

    internal Id(Skyline skyline) => _skyline = skyline;

    /// <summary>Owns nothing.</summary>
    public static Id Zero { get; } = new(Skyline.Flat(0));

    /// <summary>Owns everything.</summary>
    public static Id One { get; } = new(Skyline.Flat(1));

    /// <summary>Whether it owns nothing.</summary>
    public bool IsZero => _skyline.Max == 0;

    /// <summary>Levels below the root.</summary>
    public int Depth => _skyline.Shape.DepthMax;

    /// <summary>How many separate pieces it owns: leaves of value 1.</summary>
    public int Pieces
    {
        get
        {
            int pieces = 0;
            for (int i = 0; i < _skyline.Count; i++)
            {
                pieces += (int)_skyline[i];
            }

            return pieces;
        }
    }

    /// <summary>Bits of its binary form: two for each inner node, three for each piece, three for a lone zero.</summary>
    public int EncodedBits => (2 * (_skyline.Count - 1)) + (3 * Math.Max(1, Pieces));

    internal Skyline Skyline => _skyline;

    /// <summary>A pair, brought into normal form.</summary>
    /// <param name="left">Left half.</param>
    /// <param name="right">Right half.</param>
    /// <exception cref="ClockException">Deeper than <see cref="ClockLimits.MemoryDepthMax"/>.</exception>
    public static Id Node(Id left, Id right)
    {
        TreeText.CheckDepth(Math.Max(left.Depth, right.Depth) + 1);
        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            Append(ref builder, left._skyline);
            Append(ref builder, right._skyline);
            return new Id(builder.ToSkyline());
        }
        finally
        {
            builder.Dispose();
        }
    }

    /// <summary>Reads the text form, such as <c>((1, 0), 0)</c>, and brings it into normal form.</summary>
    /// <param name="text">Typed by a person.</param>
    /// <exception cref="FormatException">It is not one.</exception>
    public static Id Parse(string text)
    {
        TreeText reader = new(text);
        Id id = reader.ReadId();
        reader.ReadEnd();
        return id;
    }

    /// <summary>Cuts it in two disjoint ids that together own the same.</summary>
    /// <exception cref="ClockException"><see cref="ClockError.DepthLimit"/>.</exception>
    public (Id First, Id Second) Split() =>
        IdSplit.TrySplit(_skyline, out Skyline first, out Skyline second)
            ? (new Id(first), new Id(second))
            : throw new ClockException(ClockError.DepthLimit, $"An id has at most {ClockLimits.DepthMax} levels.");

    /// <summary>Both together; refused when they overlap, and then neither is changed.</summary>
    /// <param name="other">The other.</param>
    /// <param name="sum">Both together.</param>
    public bool TrySum(Id other, [NotNullWhen(true)] out Id? sum)
    {
        bool isSum = SkylineMerge.TrySum(_skyline, other._skyline, out Skyline skyline);
        sum = isSum ? new Id(skyline) : null;
        return isSum;
    }

    /// <summary>Both together.</summary>
    /// <param name="other">The other.</param>
    /// <exception cref="ClockException"><see cref="ClockError.Overlap"/>.</exception>
    public Id Sum(Id other) => TrySum(other, out Id? sum) ? sum : throw new ClockException(ClockError.Overlap, "Both ids own the same part.");

    /// <inheritdoc/>
    public bool Equals(Id? other) => other is not null && _skyline.IsSame(other._skyline);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Id);

    /// <inheritdoc/>
    public override int GetHashCode() => _skyline.GetHashCode();

    /// <summary>The text form, a space after every comma.</summary>
    public override string ToString() => TreeText.Write(new System.Text.StringBuilder(), new SkylineNodes(_skyline), hasBase: false).ToString();

    private static void Append(ref SkylineBuilder builder, in Skyline half)
    {
        for (int i = 0; i < half.Count; i++)
        {
            builder.Push(half.Shape.Depths[i] + 1, half[i]);
        }
    }
}
