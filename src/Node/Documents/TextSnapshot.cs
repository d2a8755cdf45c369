using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Node.Documents;

/// <summary>
/// The text at one moment. Immutable, usable from any thread. Snapshots share what did not change, so keeping many costs little; the text as one string
/// is made when <see cref="Text"/> is first asked for.
/// </summary>
public sealed class TextSnapshot
{
    private string? _text;

    internal TextSnapshot(TextRope rope, TextVersion version, IReadOnlyList<Cid> heads)
    {
        Rope = rope;
        Version = version;
        Heads = heads;
    }

    /// <summary>The visible text as one string. O(n) the first time.</summary>
    public string Text => _text ??= Rope.ToString();

    /// <summary>The moment; base edits on it.</summary>
    public TextVersion Version { get; }

    /// <summary>Heads of the events behind the text, ascending.</summary>
    public IReadOnlyList<Cid> Heads { get; }

    /// <summary>UTF-16 units.</summary>
    public int Length => Rope.Length;

    /// <summary>Lines: one more than there are line feeds.</summary>
    public int LineCount => Rope.Breaks + 1;

    /// <summary>All lines, without their line feeds. O(n); see <see cref="GetLine"/>.</summary>
    public IReadOnlyList<string> Lines => Text.Split('\n');

    internal TextRope Rope { get; }

    /// <summary>Part of the text. O(log n) and its length.</summary>
    /// <param name="range">UTF-16 units.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the text.</exception>
    public string this[Range range]
    {
        get
        {
            (int offset, int length) = range.GetOffsetAndLength(Length);
            return Rope.ToString(offset, length);
        }
    }

    /// <summary>Where a line begins. O(log n).</summary>
    /// <param name="line">From 0, below <see cref="LineCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such line.</exception>
    public int OffsetOfLine(int line)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(line);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(line, LineCount);
        return line == 0 ? 0 : Rope.OffsetBehindBreak(line - 1);
    }

    /// <summary>A line without its line feed. O(log n) and its length.</summary>
    /// <param name="line">From 0, below <see cref="LineCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such line.</exception>
    public string GetLine(int line)
    {
        int start = OffsetOfLine(line);
        int end = line + 1 < LineCount ? OffsetOfLine(line + 1) - 1 : Length;
        return Rope.ToString(start, end - start);
    }

    /// <summary>The line an offset is in. O(log n).</summary>
    /// <param name="offset">UTF-16 offset, the end included.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the text.</exception>
    public int LineOf(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        return Rope.BreaksBefore(offset);
    }

    /// <summary>Writes the text, piece by piece.</summary>
    /// <param name="writer">Is not flushed.</param>
    /// <param name="cancellationToken">Ends it; a part may be written.</param>
    public Task WriteToAsync(TextWriter writer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return PoolSpawner.Instance.StartAsync(() => Rope.WriteAsync(writer, cancellationToken));
    }
}
