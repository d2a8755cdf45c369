namespace P2P.Crdt.HashSeq;

/// <summary>
/// Every scalar ever inserted, by element number, deleted ones included (ids are recomputed from them).
/// Two bytes per element; scalars above U+FFFF keep their plane in a side list, which is sorted because numbers only grow.
/// </summary>
internal sealed class TextStore
{
    private const int PlaneMin = 0x10000;

    private char[] _chars = new char[64];
    private int[] _astral = new int[4];
    private byte[] _planes = new byte[4];
    private int _astralCount;

    /// <summary>Elements so far; the next element gets this number.</summary>
    public int Count { get; private set; }

    /// <summary>Whether any scalar is above U+FFFF.</summary>
    public bool HasAny => _astralCount > 0;

    public void Append(int scalar)
    {
        if (Count == _chars.Length)
        {
            Array.Resize(ref _chars, _chars.Length * 2);
        }

        _chars[Count] = (char)(scalar & 0xFFFF);
        if (scalar >= PlaneMin)
        {
            AppendPlane((byte)(scalar >> 16));
        }

        Count++;
    }

    public void Append(ReadOnlySpan<int> scalars)
    {
        foreach (int scalar in scalars)
        {
            Append(scalar);
        }
    }

    /// <summary>Appends well-formed UTF-16.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c))
            {
                i++;
                Append(char.ConvertToUtf32(c, text[i]));
            }
            else
            {
                Append(c);
            }
        }
    }

    public int ScalarAt(int element)
    {
        int plane = Rank(element);
        return plane < _astralCount && _astral[plane] == element ? (_planes[plane] << 16) | _chars[element] : _chars[element];
    }

    public bool HasAstral(int start, int count) => _astralCount != 0 && Rank(start) != Rank(start + count);

    /// <summary>UTF-16 units of [start, start + count).</summary>
    public int Units(int start, int count) => _astralCount == 0 ? count : count + Rank(start + count) - Rank(start);

    /// <summary>How many whole elements of the text from <paramref name="start"/> fit in <paramref name="units"/> UTF-16 units.</summary>
    /// <param name="start">First element.</param>
    /// <param name="count">Elements there.</param>
    /// <param name="units">Units, at most those of the range.</param>
    /// <param name="split">True when the units end inside a surrogate pair.</param>
    public int ElementsIn(int start, int count, int units, out bool split)
    {
        split = false;
        if (_astralCount == 0)
        {
            return units;
        }

        int low = 0;
        int high = count;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (Units(start, middle) <= units)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        split = Units(start, low) != units;
        return low;
    }

    /// <summary>Length of the common prefix of <paramref name="scalars"/> and the elements from <paramref name="start"/>.</summary>
    public int CommonPrefix(int start, int count, ReadOnlySpan<int> scalars)
    {
        int most = Math.Min(count, scalars.Length);
        int i = 0;
        bool astral = HasAstral(start, most);
        while (i < most && (astral ? ScalarAt(start + i) : _chars[start + i]) == scalars[i])
        {
            i++;
        }

        return i;
    }

    /// <summary>Writes the elements as UTF-16; the units written.</summary>
    public int CopyTo(int start, int count, Span<char> destination)
    {
        if (!HasAstral(start, count))
        {
            _chars.AsSpan(start, count).CopyTo(destination);
            return count;
        }

        int written = 0;
        for (int plane = Rank(start), i = start; i < start + count; i++)
        {
            if (plane < _astralCount && _astral[plane] == i)
            {
                int rest = ((_planes[plane] << 16) | _chars[i]) - PlaneMin;
                destination[written++] = (char)(0xD800 + (rest >> 10));
                destination[written++] = (char)(0xDC00 + (rest & 0x3FF));
                plane++;
            }
            else
            {
                destination[written++] = _chars[i];
            }
        }

        return written;
    }

    /// <summary>The elements as UTF-16.</summary>
    public string Copy(int start, int count) => string.Create(
        Units(start, count), (this, start, count), static (span, state) => state.Item1.CopyTo(state.start, state.count, span));

    /// <summary>Number of astral elements before <paramref name="element"/>.</summary>
    private int Rank(int element)
    {
        if (_astralCount == 0)
        {
            return 0;
        }

        int found = Array.BinarySearch(_astral, 0, _astralCount, element);
        return found < 0 ? ~found : found;
    }

    private void AppendPlane(byte plane)
    {
        if (_astralCount == _astral.Length)
        {
            Array.Resize(ref _astral, _astralCount * 2);
            Array.Resize(ref _planes, _astralCount * 2);
        }

        _astral[_astralCount] = Count;
        _planes[_astralCount++] = plane;
    }
}
