using System.Globalization;
using System.Text;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>The text form of ids, event trees and stamps. Reading is iterative and bounded: people paste text that came from elsewhere.</summary>
/// <remarks>Spec: interval-tree-clocks, section 4.</remarks>
internal ref struct TreeText
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;

    public TreeText(ReadOnlySpan<char> text)
    {
        if (text.Length > ClockLimits.TextCharsMax)
        {
            throw new FormatException($"A stamp has at most {ClockLimits.TextCharsMax} characters.");
        }

        _text = text;
    }

    public static StringBuilder Write(StringBuilder text, SkylineNodes nodes, bool hasBase)
    {
        Stack<int> rights = new();
        long[] bases = new long[nodes.Count + 1];
        for (int node = 0; node < nodes.Count; node++)
        {
            int depth = nodes.Depth(node);
            while (rights.Count > 0 && rights.Peek() < node)
            {
                rights.Pop();
                text.Append(')');
            }

            text.Append(depth > 0 && (rights.Peek() == node || hasBase) ? ", " : string.Empty);
            long counter = nodes.Lowest(node) - (hasBase && depth > 0 ? bases[depth - 1] : 0);
            bases[depth] = nodes.Lowest(node);
            if (nodes.IsLeaf(node))
            {
                text.Append(CultureInfo.InvariantCulture, $"{counter}");
                continue;
            }

            text.Append('(');
            if (hasBase)
            {
                text.Append(CultureInfo.InvariantCulture, $"{counter}");
            }

            rights.Push(nodes.Right(node));
        }

        return text.Append(')', rights.Count);
    }

    public static void CheckDepth(int depth)
    {
        if (depth > ClockLimits.MemoryDepthMax)
        {
            throw new ClockException(ClockError.DepthLimit, $"A tree has at most {ClockLimits.MemoryDepthMax} levels.");
        }
    }

    public Stamp ReadStamp()
    {
        Expect('(');
        Id id = ReadId();
        Expect(',');
        EventTree events = ReadEvents();
        Expect(')');
        return new Stamp(id, events);
    }

    public Id ReadId() => new(ReadTree(hasBase: false));

    public EventTree ReadEvents() => new(ReadTree(hasBase: true));

    public void ReadEnd()
    {
        SkipSpace();
        if (_at < _text.Length)
        {
            throw Wrong("the end");
        }
    }

    private Skyline ReadTree(bool hasBase)
    {
        SkylineBuilder leaves = new(joinsSiblings: true);
        try
        {
            // Of each open node: the sum of the counters down to it, and whether its left child is complete.
            Stack<(long Base, bool HasLeft)> open = new();
            do
            {
                long around = open.Count > 0 ? open.Peek().Base : 0;
                if (TryTake('('))
                {
                    if (open.Count == ClockLimits.DepthMax)
                    {
                        throw new FormatException($"A tree has at most {ClockLimits.DepthMax} levels.");
                    }

                    open.Push((hasBase ? Add(around, ReadCounter(',')) : 0, false));
                    continue;
                }

                long value = Add(around, ReadCounter(null));
                if (!hasBase && value > 1)
                {
                    throw new FormatException("The leaves of an id are 0 and 1.");
                }

                leaves.Push(open.Count, value);
                Close(open);
            }
            while (open.Count > 0);

            return leaves.ToSkyline();
        }
        finally
        {
            leaves.Dispose();
        }
    }

    private void Close(Stack<(long Base, bool HasLeft)> open)
    {
        while (open.TryPop(out (long Base, bool HasLeft) node))
        {
            if (!node.HasLeft)
            {
                Expect(',');
                open.Push(node with { HasLeft = true });
                return;
            }

            Expect(')');
        }
    }

    private long ReadCounter(char? then)
    {
        SkipSpace();
        int from = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        if (!long.TryParse(_text[from.._at], NumberStyles.None, CultureInfo.InvariantCulture, out long counter))
        {
            throw Wrong("a counter");
        }

        if (then is char sign)
        {
            Expect(sign);
        }

        return counter;
    }

    private void Expect(char sign)
    {
        if (!TryTake(sign))
        {
            throw Wrong($"'{sign}'");
        }
    }

    private bool TryTake(char sign)
    {
        SkipSpace();
        bool isThere = _at < _text.Length && _text[_at] == sign;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }
    }

    private readonly FormatException Wrong(string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Not a stamp: at character {_at}, {expected} was expected."));

    private static long Add(long around, long counter) =>
        counter <= long.MaxValue - around ? around + counter : throw new FormatException($"A counter is at most {long.MaxValue}.");
}
