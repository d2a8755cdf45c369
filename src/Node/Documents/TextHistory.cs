using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>Questions to a document beyond its newest text. Each is answered in line with the edits, after what was typed before it became an event.</summary>
public sealed class TextHistory
{
    private readonly TextDocument _document;

    internal TextHistory(TextDocument document) => _document = document;

    /// <summary>The text at a frontier, also on a branch. O(document).</summary>
    /// <param name="frontier">Events of the text: <see cref="TextVersion.Frontier"/> of a snapshot's version, here or on another peer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The text, or which events are missing here.</returns>
    public Task<SeqSnapshot> ViewAtAsync(SeqVersion frontier, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frontier);
        return AskAsync((sequence, _) => sequence.ViewAt(frontier), cancellationToken);
    }

    /// <summary>What changed from one frontier to another, in either direction. O(document).</summary>
    /// <param name="from">Events of the text, such as <see cref="TextVersion.Frontier"/>.</param>
    /// <param name="to">Events of the text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Minimal splices, or which events are missing here.</returns>
    public Task<SeqDiff> DiffAsync(SeqVersion from, SeqVersion to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return AskAsync((sequence, _) => sequence.Diff(from, to), cancellationToken);
    }

    /// <summary>Who wrote a range, in which event, when by their own clock.</summary>
    /// <param name="range">UTF-16 units of <paramref name="basedOn"/>.</param>
    /// <param name="basedOn">The snapshot that the range speaks of; null means the newest. What was removed from it since is left out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Stretches in order; offsets speak of the text as it is when the answer is given.</returns>
    /// <exception cref="ArgumentException">The range is outside the text or splits a surrogate pair.</exception>
    public Task<IReadOnlyList<TextBlame>> BlameAsync(Range range, TextSnapshot? basedOn = null, CancellationToken cancellationToken = default)
    {
        TextSnapshot snapshot = basedOn ?? _document.Snapshot;
        (int offset, int length) = range.GetOffsetAndLength(snapshot.Length);
        return AskAsync<IReadOnlyList<TextBlame>>(
            (sequence, log) =>
            [
                .. TextEditing.CarryRange(log, offset, length, snapshot.Version)
                    .SelectMany(part => sequence.Blame(part.Offset, part.Length))
                    .Select(static b => new TextBlame(b.Offset, b.Length, b.Event, new TextAuthor(b.Author), ClaimedTime.Of(b.At))),
            ],
            cancellationToken);
    }

    /// <summary>Binds a place to the text beside it.</summary>
    /// <param name="offset">UTF-16 offset of <paramref name="basedOn"/>, the end included.</param>
    /// <param name="bias">Which neighbour it stays with.</param>
    /// <param name="basedOn">The snapshot that the offset speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The offset is outside the text or splits a surrogate pair.</exception>
    public Task<TextAnchor> AnchorAsync(int offset, Bias bias, TextSnapshot? basedOn = null, CancellationToken cancellationToken = default)
    {
        TextSnapshot snapshot = basedOn ?? _document.Snapshot;
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, snapshot.Length);
        return AskAsync((sequence, log) => Anchor(sequence, TextEditing.Carry(log, offset, snapshot.Version), bias), cancellationToken);
    }

    /// <summary>Where an anchor is now.</summary>
    /// <param name="anchor">Of this document.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>UTF-16 offset; null when the anchor is malformed or its event is not here.</returns>
    public Task<int?> ResolveAsync(TextAnchor anchor, CancellationToken cancellationToken = default) =>
        AskAsync((sequence, _) => Resolve(sequence, anchor), cancellationToken);

    /// <summary>Binds a selection to its text.</summary>
    /// <param name="range">UTF-16 units of <paramref name="basedOn"/>; not empty.</param>
    /// <param name="basedOn">The snapshot that the range speaks of; null means the newest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The range is empty, outside the text, or splits a surrogate pair.</exception>
    public Task<TextSelection> SelectAsync(Range range, TextSnapshot? basedOn = null, CancellationToken cancellationToken = default)
    {
        TextSnapshot snapshot = basedOn ?? _document.Snapshot;
        (int offset, int length) = range.GetOffsetAndLength(snapshot.Length);
        ArgumentOutOfRangeException.ThrowIfZero(length, nameof(range));
        return AskAsync(
            (sequence, log) =>
            {
                List<(int Offset, int Length)> parts = TextEditing.CarryRange(log, offset, length, snapshot.Version);
                (int start, int end) = parts.Count > 0
                    ? (parts[0].Offset, parts[^1].Offset + parts[^1].Length)
                    : (TextEditing.Carry(log, offset, snapshot.Version), TextEditing.Carry(log, offset, snapshot.Version)); // all of it is gone
                return new TextSelection(Anchor(sequence, start, Bias.Right), Anchor(sequence, end, Bias.Left));
            },
            cancellationToken);
    }

    /// <summary>Where a selection is now; empty when its text is gone.</summary>
    /// <param name="selection">Of this document.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>UTF-16 offsets; null when it is malformed or one of its events is not here.</returns>
    public Task<(int Start, int End)?> ResolveAsync(TextSelection selection, CancellationToken cancellationToken = default) => AskAsync<(int Start, int End)?>(
        (sequence, _) => Resolve(sequence, selection.Start) is int start && Resolve(sequence, selection.End) is int end ? (start, Math.Max(start, end)) : null,
        cancellationToken);

    private static TextAnchor Anchor(Sequence sequence, int offset, Bias bias)
    {
        byte[] bytes = new byte[SeqAnchor.BytesMax];
        int length = sequence.WriteAnchor(sequence.CreateAnchor(offset, bias), bytes);
        return new TextAnchor(bytes.AsMemory(0, length));
    }

    private static int? Resolve(Sequence sequence, TextAnchor anchor) =>
        sequence.TryReadAnchor(anchor.Bytes.Span, out SeqAnchor read) ? sequence.Resolve(read) : null;

    private Task<T> AskAsync<T>(Func<Sequence, SpliceLog, T> question, CancellationToken cancellationToken)
    {
        T? answer = default;
        return _document.EditAsync(new TextEdit { Ask = (sequence, log) => answer = question(sequence, log) }, () => answer!, cancellationToken);
    }
}
