using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>Translates between the synchronous <see cref="Sequence"/> and the document's words. Stateless.</summary>
internal static class TextEditing
{
    /// <summary>Performs an edit whose offsets speak of an old revision, and says what it did.</summary>
    /// <exception cref="ArgumentException">A range outside the text or splitting a surrogate pair, or a lone surrogate; nothing is changed.</exception>
    public static IReadOnlyList<TextSplice> Edit(Sequence sequence, TextEdit edit, SpliceLog log, long revision, ITextPen pen)
    {
        if (edit.Splices is not null)
        {
            TextEdit[] parts = [.. edit.Splices.Select(static s => new TextEdit { Offset = s.Offset, DeleteLength = s.Removed, Text = s.Inserted })];
            Array.ForEach(parts, part => Check(sequence, part, log, revision)); // all of them before the first is made
            return [.. parts.Reverse().SelectMany(part => Edit(sequence, part, log, revision, pen))]; // from the back: offsets stay true
        }

        int? place = edit.Cursor?.Offset ?? edit.Offset;
        int offset = place is int old ? log.Carry(old, revision) : sequence.Length;
        List<(int Offset, int Length)> ranges = Check(sequence, edit, log, revision);
        List<TextSplice> splices = [];
        foreach ((int at, int length) in Enumerable.Reverse(ranges)) // from the back: earlier ranges keep their offsets
        {
            pen.Delete(at, length);
            splices.Add(new TextSplice(at, length, string.Empty));
            offset -= at < offset ? Math.Min(length, offset - at) : 0;
        }

        if (edit.Text.Length > 0)
        {
            pen.Insert(offset, edit.Text);
            splices.Add(new TextSplice(offset, 0, edit.Text));
        }

        if (edit.Cursor is TextCursor cursor)
        {
            cursor.Offset = offset + edit.Text.Length;
        }

        return splices;
    }

    /// <exception cref="ArgumentException">The text holds half a surrogate pair.</exception>
    public static void CheckText(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                throw new ArgumentException($"The text holds half a surrogate pair at {i}.", nameof(text));
            }
        }
    }

    /// <summary>What an event did, in the words of the change stream.</summary>
    public static TextChange Describe(Event applied, TextOrigin origin, IReadOnlyList<TextSplice> splices) => new()
    {
        Event = applied.Cid,
        Author = new TextAuthor(applied.Author),
        At = ClaimedTime.Of(applied),
        Origin = origin,
        Splices = splices,
    };

    /// <summary>An offset of an old version, now.</summary>
    /// <exception cref="P2PException">The version is too old.</exception>
    public static int Carry(SpliceLog log, int offset, TextVersion version) => log.Carry(offset, Check(log, version.Revision));

    /// <summary>What is left now of a range of an old version.</summary>
    /// <exception cref="P2PException">The version is too old.</exception>
    public static List<(int Offset, int Length)> CarryRange(SpliceLog log, int offset, int length, TextVersion version) =>
        log.Carry(offset, length, Check(log, version.Revision));

    /// <exception cref="P2PException">The version is too old.</exception>
    public static long Check(SpliceLog log, long revision) => log.Reaches(revision) ? revision
        : throw new P2PException(NodeError.VersionTooOld, $"The version is {log.Revision - revision} changes old; take a newer snapshot.");

    /// <returns>What is there now of what the edit deletes.</returns>
    private static List<(int Offset, int Length)> Check(Sequence sequence, TextEdit edit, SpliceLog log, long revision)
    {
        int? place = edit.Cursor?.Offset ?? edit.Offset;
        int offset = place is int old ? log.Carry(old, revision) : sequence.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(edit.DeleteLength);
        CheckText(edit.Text);
        List<(int Offset, int Length)> ranges = Ranges(edit, place, offset, log, revision);
        foreach ((int at, int length) in ranges.Append((offset, 0)))
        {
            CheckBoundary(sequence, at);
            CheckBoundary(sequence, (long)at + length);
        }

        return ranges;
    }

    private static List<(int Offset, int Length)> Ranges(TextEdit edit, int? place, int offset, SpliceLog log, long revision)
    {
        if (edit.DeleteLength == 0)
        {
            return [];
        }

        if (edit.Cursor is not null)
        {
            int length = Math.Min(edit.DeleteLength, offset); // backspace: what stands in front of the cursor now
            return length > 0 ? [(offset - length, length)] : [];
        }

        return log.Carry(place ?? 0, edit.DeleteLength, revision);
    }

    private static void CheckBoundary(Sequence sequence, long offset)
    {
        if (offset < 0 || offset > sequence.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"Offset {offset} is outside the text of {sequence.Length} UTF-16 units.");
        }

        if (offset > 0 && offset < sequence.Length && char.IsLowSurrogate(sequence[(int)offset..((int)offset + 1)][0]))
        {
            throw new ArgumentException($"Offset {offset} splits a surrogate pair.", nameof(offset));
        }
    }
}
