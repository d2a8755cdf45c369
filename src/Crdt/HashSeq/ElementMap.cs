using System.Numerics;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Map from element numbers to integers with predecessor lookup. Values of 64 neighbouring keys sit together,
/// sorted by key, in a pooled page whose size is the power of two above their count: about 4 bytes per key, no hashing.
/// </summary>
internal sealed class ElementMap
{
    private readonly BitTree _keys = new();
    private readonly int[] _free = [-1, -1, -1, -1, -1, -1, -1];
    private int[] _pages = new int[1];
    private int[] _values = new int[16];
    private int _used;

    public void Set(int key, int value)
    {
        int block = key >> 6;
        ulong word = _keys.Word(block);
        ulong bit = 1UL << (key & 63);
        int rank = BitOperations.PopCount(word & (bit - 1));
        if ((word & bit) != 0)
        {
            _values[_pages[block] + rank] = value;
            return;
        }

        if (block >= _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(block + 1, _pages.Length * 2));
        }

        int count = BitOperations.PopCount(word);
        int page = count == 0 ? Rent(0) : _pages[block];
        if (count > 0 && BitOperations.IsPow2(count))
        {
            page = Move(page, count, SizeClass(count + 1));
        }

        Array.Copy(_values, page + rank, _values, page + rank + 1, count - rank);
        _values[page + rank] = value;
        _pages[block] = page;
        _keys.Add(key);
    }

    public void Remove(int key)
    {
        int block = key >> 6;
        ulong word = _keys.Word(block);
        ulong bit = 1UL << (key & 63);
        if ((word & bit) == 0)
        {
            return;
        }

        int rank = BitOperations.PopCount(word & (bit - 1));
        int count = BitOperations.PopCount(word);
        int page = _pages[block];
        Array.Copy(_values, page + rank + 1, _values, page + rank, count - rank - 1);
        _keys.Remove(key);
        if (count == 1)
        {
            Return(page, 0);
        }
        else if (SizeClass(count - 1) != SizeClass(count))
        {
            _pages[block] = Move(page, count - 1, SizeClass(count - 1), SizeClass(count));
        }
    }

    /// <summary>The greatest key ≤ <paramref name="element"/> and its value; key −1 when there is none.</summary>
    public int Floor(int element, out int value)
    {
        int key = _keys.Floor(element);
        value = key < 0 ? 0 : Value(key);
        return key;
    }

    /// <summary>The value at exactly <paramref name="key"/>, or <paramref name="missing"/>.</summary>
    public int Get(int key, int missing) => _keys.Contains(key) ? Value(key) : missing;

    /// <summary>Least key ≥ <paramref name="key"/>, or −1.</summary>
    public int Ceiling(int key) => _keys.Ceiling(key);

    private static int SizeClass(int count) => count <= 1 ? 0 : 32 - BitOperations.LeadingZeroCount((uint)(count - 1));

    private int Value(int key)
    {
        int block = key >> 6;
        ulong below = _keys.Word(block) & ((1UL << (key & 63)) - 1);
        return _values[_pages[block] + BitOperations.PopCount(below)];
    }

    private int Move(int page, int count, int to) => Move(page, count, to, SizeClass(count));

    private int Move(int page, int count, int to, int from)
    {
        int target = Rent(to);
        Array.Copy(_values, page, _values, target, count);
        Return(page, from);
        return target;
    }

    private int Rent(int sizeClass)
    {
        int page = _free[sizeClass];
        if (page >= 0)
        {
            _free[sizeClass] = _values[page];
            return page;
        }

        page = _used;
        _used += 1 << sizeClass;
        if (_used > _values.Length)
        {
            Array.Resize(ref _values, Math.Max(_used, _values.Length * 2));
        }

        return page;
    }

    private void Return(int page, int sizeClass)
    {
        _values[page] = _free[sizeClass];
        _free[sizeClass] = page;
    }
}
