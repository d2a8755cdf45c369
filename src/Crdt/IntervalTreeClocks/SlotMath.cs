using System.Buffers.Binary;
using System.Numerics;
using P2P.Core.Multiformats;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// The operations of both slot clocks over plain spans. "The XOR of all ids is all ones" would be too weak an invariant: 11, 01 and 01 satisfy it and
/// overlap. What holds is that the AND of any two ids is zero and the OR of all is all ones, and every join asserts the first half.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 8.</remarks>
internal static class SlotMath
{
    private const byte Version = 1;
    private const int WordBits = 64;

    public static int Count(ReadOnlySpan<ulong> id)
    {
        int count = 0;
        foreach (ulong word in id)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>Gives away the upper half of the set bits, rounded down.</summary>
    public static bool TryFork(ReadOnlySpan<ulong> id, Span<ulong> kept, Span<ulong> given)
    {
        int count = Count(id);
        int keep = count - (count / 2);
        for (int word = 0; word < id.Length; word++)
        {
            ulong rest = id[word];
            kept[word] = 0;
            while (rest != 0 && keep > 0)
            {
                ulong lowest = rest & (~rest + 1);
                kept[word] |= lowest;
                rest ^= lowest;
                keep--;
            }

            given[word] = rest;
        }

        return count >= 2;
    }

    /// <summary>Raises the lowest own counter, of equal ones the lowest slot.</summary>
    public static ClockError TryRaise(ReadOnlySpan<ulong> id, Span<ulong> counters)
    {
        int best = -1;
        for (int word = 0; word < id.Length; word++)
        {
            for (ulong rest = id[word]; rest != 0; rest &= rest - 1)
            {
                int slot = (word * WordBits) + BitOperations.TrailingZeroCount(rest);
                best = best < 0 || counters[slot] < counters[best] ? slot : best;
            }
        }

        if (best < 0)
        {
            return ClockError.Anonymous;
        }

        if (counters[best] == ClockLimits.CounterMax)
        {
            return ClockError.Overflow;
        }

        counters[best]++;
        return ClockError.None;
    }

    public static bool Overlap(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if ((a[i] & b[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    public static void Or(Span<ulong> id, ReadOnlySpan<ulong> other)
    {
        for (int i = 0; i < id.Length; i++)
        {
            id[i] |= other[i];
        }
    }

    /// <summary>Pointwise maximum, a vector at a time.</summary>
    public static void Raise(Span<ulong> counters, ReadOnlySpan<ulong> other)
    {
        for (int i = 0; i < counters.Length; i += Vector<ulong>.Count)
        {
            Vector.Max(new Vector<ulong>(counters[i..]), new Vector<ulong>(other[i..])).CopyTo(counters[i..]);
        }
    }

    /// <summary>Pointwise comparison, a vector at a time.</summary>
    public static bool Leq(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (int i = 0; i < a.Length; i += Vector<ulong>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<ulong>(a[i..]), new Vector<ulong>(b[i..])))
            {
                return false;
            }
        }

        return true;
    }

    public static ClockOrder Compare(bool isLeq, bool isGeq) => (isLeq, isGeq) switch
    {
        (true, true) => ClockOrder.Equal,
        (true, false) => ClockOrder.Before,
        (false, true) => ClockOrder.After,
        (false, false) => ClockOrder.Concurrent,
    };

    /// <summary>Version, log2 of the slots, the id in little-endian bits, counters without the zeros at the end.</summary>
    public static byte[] Encode(ReadOnlySpan<ulong> id, ReadOnlySpan<ulong> counters)
    {
        int written = counters.LastIndexOfAnyExcept(0UL) + 1;
        byte[] bytes = new byte[2 + (id.Length * 8) + (written * VarInt.BytesMax)];
        bytes[0] = Version;
        bytes[1] = (byte)BitOperations.Log2((uint)counters.Length);
        for (int i = 0; i < id.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2 + (i * 8)), id[i]);
        }

        int at = 2 + (id.Length * 8);
        for (int i = 0; i < written; i++)
        {
            at += VarInt.Write(bytes.AsSpan(at), counters[i]);
        }

        return bytes[..at];
    }

    /// <summary>Accepts exactly what <see cref="Encode"/> writes.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<ulong> id, Span<ulong> counters)
    {
        int head = 2 + (id.Length * 8);
        if (source.Length < head || source[0] != Version || source[1] != BitOperations.Log2((uint)counters.Length))
        {
            return false;
        }

        for (int i = 0; i < id.Length; i++)
        {
            id[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(2 + (i * 8))..]);
        }

        source = source[head..];
        ulong last = 1;
        for (int slot = 0; source.Length > 0; slot++)
        {
            if (slot == counters.Length || !TryReadCounter(source, out last, out int read))
            {
                return false;
            }

            counters[slot] = last;
            source = source[read..];
        }

        return last != 0;
    }

    private static bool TryReadCounter(ReadOnlySpan<byte> source, out ulong counter, out int read) =>
        VarInt.TryRead(source, out counter, out read) == System.Buffers.OperationStatus.Done && counter <= ClockLimits.CounterMax;
}
