using System.Numerics;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Set of small non-negative integers with predecessor and successor in O(log₆₄ n).
/// Keys are our own dense element numbers, so nothing here is hashed and no peer can choose a bad case.
/// </summary>
internal sealed class BitTree
{
    /// <summary>64⁵ = 2³⁰ keys.</summary>
    private const int Levels = 5;

    private readonly ulong[][] _levels = [new ulong[1], new ulong[1], new ulong[1], new ulong[1], new ulong[1]];

    /// <summary>The 64 bits of one block of keys.</summary>
    public ulong Word(int block)
    {
        ulong[] words = _levels[0];
        return (uint)block < (uint)words.Length ? words[block] : 0;
    }

    public bool Contains(int key) => (Word(key >> 6) >> (key & 63) & 1) != 0;

    public void Add(int key)
    {
        Reserve(key);
        int at = key;
        for (int level = 0; level < Levels; level++)
        {
            ref ulong word = ref _levels[level][at >> 6];
            ulong before = word;
            word |= 1UL << (at & 63);
            if (before != 0)
            {
                return;
            }

            at >>= 6;
        }
    }

    public void Remove(int key)
    {
        if (!Contains(key))
        {
            return;
        }

        int at = key;
        for (int level = 0; level < Levels; level++)
        {
            ref ulong word = ref _levels[level][at >> 6];
            word &= ~(1UL << (at & 63));
            if (word != 0)
            {
                return;
            }

            at >>= 6;
        }
    }

    /// <summary>Adds [start, start + count): whole words at a time.</summary>
    public void AddRange(int start, int count)
    {
        if (count > 0)
        {
            Reserve(start + count - 1);
        }

        for (int at = start, end = start + count; at < end;)
        {
            int take = Math.Min(64 - (at & 63), end - at);
            if (Word(at >> 6) == 0)
            {
                Add(at);
            }

            _levels[0][at >> 6] |= Mask(at & 63, take);
            at += take;
        }
    }

    /// <summary>Removes [start, start + count): whole words at a time, skipping empty ones.</summary>
    public void RemoveRange(int start, int count)
    {
        int end = start + count;
        for (int at = Ceiling(start); at >= 0 && at < end; at = Ceiling(at))
        {
            int take = Math.Min(64 - (at & 63), end - at);
            ref ulong word = ref _levels[0][at >> 6];
            ulong rest = word & ~Mask(at & 63, take);
            if (rest == 0)
            {
                word = 1UL << (at & 63);
                Remove(at);
            }
            else
            {
                word = rest;
            }
        }
    }

    /// <summary>How many keys follow one another from <paramref name="start"/> on, at most <paramref name="most"/>.</summary>
    public int RunLength(int start, int most)
    {
        int at = start;
        int end = start + most;
        while (at < end)
        {
            int left = 64 - (at & 63);
            int ones = BitOperations.TrailingZeroCount(~(Word(at >> 6) >> (at & 63)));
            if (ones < left)
            {
                return Math.Min(at + ones, end) - start;
            }

            at += left;
        }

        return most;
    }

    /// <summary>Greatest key ≤ <paramref name="key"/>, or −1.</summary>
    public int Floor(int key)
    {
        int at = Math.Min(key, (_levels[0].Length << 6) - 1);
        for (int level = 0; level < Levels; level++)
        {
            int index = at >> 6;
            if (at < 0 || index >= _levels[level].Length)
            {
                return -1;
            }

            ulong below = _levels[level][index] & (ulong.MaxValue >> (63 - (at & 63)));
            if (below != 0)
            {
                return Descend(level, (index << 6) + 63 - BitOperations.LeadingZeroCount(below), last: true);
            }

            at = index - 1;
        }

        return -1;
    }

    /// <summary>Least key ≥ <paramref name="key"/>, or −1.</summary>
    public int Ceiling(int key)
    {
        int at = key;
        for (int level = 0; level < Levels; level++)
        {
            int index = at >> 6;
            if (index >= _levels[level].Length)
            {
                return -1;
            }

            ulong above = _levels[level][index] & (ulong.MaxValue << (at & 63));
            if (above != 0)
            {
                return Descend(level, (index << 6) + BitOperations.TrailingZeroCount(above), last: false);
            }

            at = index + 1;
        }

        return -1;
    }

    private static ulong Mask(int start, int count) => (ulong.MaxValue >> (64 - count)) << start;

    private int Descend(int level, int at, bool last)
    {
        for (int lower = level - 1; lower >= 0; lower--)
        {
            ulong word = _levels[lower][at];
            at = (at << 6) + (last ? 63 - BitOperations.LeadingZeroCount(word) : BitOperations.TrailingZeroCount(word));
        }

        return at;
    }

    private void Reserve(int key)
    {
        int words = (key >> 6) + 1;
        if (words <= _levels[0].Length)
        {
            return;
        }

        words = Math.Max(words, _levels[0].Length * 2);
        for (int level = 0; level < Levels; level++)
        {
            if (words > _levels[level].Length)
            {
                Array.Resize(ref _levels[level], words);
            }

            words = (words + 63) >> 6;
        }
    }
}
