using System.Buffers.Binary;

namespace P2P.Core.Runtime;

/// <summary>Draws of common shapes from an <see cref="IChance"/>.</summary>
public static class ChanceExtensions
{
    /// <summary>A uniform 64-bit number.</summary>
    /// <param name="chance">The source.</param>
    public static ulong NextUInt64(this IChance chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        Span<byte> bytes = stackalloc byte[8];
        chance.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A uniform number in [0, <paramref name="exclusiveMax"/>).</summary>
    /// <param name="chance">The source.</param>
    /// <param name="exclusiveMax">At least 1.</param>
    public static int Below(this IChance chance, int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        // Multiply-shift: bias below 2^-32 for any int range.
        return (int)Math.BigMul(chance.NextUInt64(), (ulong)exclusiveMax, out _);
    }

    /// <summary>A uniform number in [0, 1).</summary>
    /// <param name="chance">The source.</param>
    public static double NextDouble(this IChance chance) => (chance.NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform span of time in [<paramref name="min"/>, <paramref name="max"/>).</summary>
    /// <param name="chance">The source.</param>
    /// <param name="min">Lower end.</param>
    /// <param name="max">Upper end, not below <paramref name="min"/>.</param>
    public static TimeSpan Between(this IChance chance, TimeSpan min, TimeSpan max) =>
        min + ((max - min) * chance.NextDouble());

    /// <summary>Shuffles <paramref name="items"/> in place (Fisher-Yates).</summary>
    /// <typeparam name="T">Item.</typeparam>
    /// <param name="chance">The source.</param>
    /// <param name="items">What to shuffle.</param>
    public static void Shuffle<T>(this IChance chance, Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = chance.Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
