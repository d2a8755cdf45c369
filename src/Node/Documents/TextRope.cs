using System.Buffers;

namespace P2P.Node.Documents;

/// <summary>
/// An immutable text: a balanced tree of short strings. A splice copies the path to the place, O(log n), and shares the rest with the text before, so
/// that a snapshot for every keystroke of a document of megabytes costs a few hundred bytes.
/// </summary>
/// <remarks>Recursion is bounded by the height of the tree, 1.44 log2 of the leaves.</remarks>
internal sealed class TextRope
{
    private const int LeafMax = 1024;

    private readonly string? _leaf;
    private readonly TextRope? _left;
    private readonly TextRope? _right;
    private readonly int _height;

    private TextRope(string leaf)
    {
        _leaf = leaf;
        Length = leaf.Length;
        Breaks = leaf.AsSpan().Count('\n');
    }

    private TextRope(TextRope left, TextRope right)
    {
        _left = left;
        _right = right;
        _height = 1 + Math.Max(left._height, right._height);
        Length = left.Length + right.Length;
        Breaks = left.Breaks + right.Breaks;
    }

    public static TextRope Empty { get; } = new(string.Empty);

    /// <summary>UTF-16 units.</summary>
    public int Length { get; }

    /// <summary>Line feeds.</summary>
    public int Breaks { get; }

    /// <summary>Levels below this one.</summary>
    public int Height => _height;

    public static TextRope From(ReadOnlySpan<char> text)
    {
        if (text.Length <= LeafMax)
        {
            return text.IsEmpty ? Empty : new TextRope(text.ToString());
        }

        int middle = text.Length / 2;
        return new TextRope(From(text[..middle]), From(text[middle..]));
    }

    /// <summary>The text with some units removed and others inserted in their place.</summary>
    public TextRope Splice(int offset, int removed, string inserted)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)removed, (uint)(Length - offset));
        if (TrySpliceLeaf(offset, removed, inserted) is TextRope within)
        {
            return within;
        }

        return Join(Join(Head(offset), From(inserted)), Tail(offset + removed));
    }

    public void CopyTo(int offset, Span<char> destination)
    {
        if (_leaf is not null)
        {
            _leaf.AsSpan(offset, destination.Length).CopyTo(destination);
            return;
        }

        int inLeft = Math.Clamp(_left!.Length - offset, 0, destination.Length);
        if (inLeft > 0)
        {
            _left.CopyTo(offset, destination[..inLeft]);
        }

        if (inLeft < destination.Length)
        {
            _right!.CopyTo(offset + inLeft - _left.Length, destination[inLeft..]);
        }
    }

    public string ToString(int offset, int length) => string.Create(length, (this, offset), static (span, s) => s.Item1.CopyTo(s.offset, span));

    public override string ToString() => _leaf ?? ToString(0, Length);

    /// <summary>Writes the text piece by piece: no copy of the whole.</summary>
    public async Task WriteAsync(TextWriter writer, CancellationToken cancellationToken)
    {
        char[] buffer = ArrayPool<char>.Shared.Rent(LeafMax * 8);
        try
        {
            for (int offset = 0; offset < Length;)
            {
                int count = Math.Min(buffer.Length, Length - offset);
                CopyTo(offset, buffer.AsSpan(0, count));
                await writer.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>The offset behind the line feed of that number, counted from 0.</summary>
    public int OffsetBehindBreak(int number)
    {
        TextRope node = this;
        int before = 0;
        while (node._leaf is null)
        {
            if (number < node._left!.Breaks)
            {
                node = node._left;
            }
            else
            {
                number -= node._left.Breaks;
                before += node._left.Length;
                node = node._right!;
            }
        }

        int at = -1;
        for (int i = 0; i <= number; i++)
        {
            at = node._leaf.IndexOf('\n', at + 1);
        }

        return before + at + 1;
    }

    /// <summary>Line feeds before an offset.</summary>
    public int BreaksBefore(int offset)
    {
        TextRope node = this;
        int breaks = 0;
        while (node._leaf is null)
        {
            if (offset <= node._left!.Length)
            {
                node = node._left;
            }
            else
            {
                offset -= node._left.Length;
                breaks += node._left.Breaks;
                node = node._right!;
            }
        }

        return breaks + node._leaf.AsSpan(0, offset).Count('\n');
    }

    /// <summary>The usual case: everything happens inside one leaf, which stays one.</summary>
    private TextRope? TrySpliceLeaf(int offset, int removed, string inserted)
    {
        if (_leaf is not null)
        {
            return _leaf.Length - removed + inserted.Length <= LeafMax
                ? new TextRope(string.Concat(_leaf.AsSpan(0, offset), inserted, _leaf.AsSpan(offset + removed)))
                : null;
        }

        if (offset + removed <= _left!.Length)
        {
            TextRope? left = _left.TrySpliceLeaf(offset, removed, inserted);
            return left is null ? null : left.Length == 0 ? _right : new TextRope(left, _right!).Balanced();
        }

        if (offset < _left.Length)
        {
            return null;
        }

        TextRope? right = _right!.TrySpliceLeaf(offset - _left.Length, removed, inserted);
        return right is null ? null : right.Length == 0 ? _left : new TextRope(_left, right).Balanced();
    }

    private TextRope Head(int length) => length == 0 ? Empty
        : length == Length ? this
        : _leaf is not null ? new TextRope(_leaf[..length])
        : length <= _left!.Length ? _left.Head(length)
        : Join(_left, _right!.Head(length - _left.Length));

    private TextRope Tail(int offset) => offset == 0 ? this
        : offset == Length ? Empty
        : _leaf is not null ? new TextRope(_leaf[offset..])
        : offset >= _left!.Length ? _right!.Tail(offset - _left.Length)
        : Join(_left.Tail(offset), _right!);

    private static TextRope Join(TextRope left, TextRope right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return left.Length == 0 ? right : left;
        }

        if (left._leaf is not null && right._leaf is not null && left.Length + right.Length <= LeafMax)
        {
            return new TextRope(left._leaf + right._leaf);
        }

        return left._height > right._height + 1 ? new TextRope(left._left!, Join(left._right!, right)).Balanced()
            : right._height > left._height + 1 ? new TextRope(Join(left, right._left!), right._right!).Balanced()
            : new TextRope(left, right);
    }

    /// <summary>Heights of siblings differ by one at most; here they may have come to differ by two.</summary>
    private TextRope Balanced()
    {
        int lean = _left!._height - _right!._height;
        if (lean > 1)
        {
            return _left._left!._height >= _left._right!._height
                ? new TextRope(_left._left, new TextRope(_left._right, _right))
                : new TextRope(new TextRope(_left._left, _left._right._left!), new TextRope(_left._right._right!, _right));
        }

        if (lean < -1)
        {
            return _right._right!._height >= _right._left!._height
                ? new TextRope(new TextRope(_left, _right._left), _right._right)
                : new TextRope(new TextRope(_left, _right._left._left!), new TextRope(_right._left._right!, _right._right));
        }

        return this;
    }
}
