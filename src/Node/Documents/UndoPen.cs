using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>Typing: every edit can be taken back. Same owner as the sequence.</summary>
internal sealed class UndoPen : ITextPen
{
    private readonly UndoManager _history;
    private readonly TimeProvider _time;
    private readonly long _start;

    public UndoPen(Sequence sequence, TextOptions options, TimeProvider time)
    {
        _history = new UndoManager(sequence, options.UndoGrouping, options.UndoGroupsMax);
        _time = time;
        _start = time.GetTimestamp();
    }

    public void Insert(int offset, string text) => _history.Insert(offset, text, _time.GetElapsedTime(_start));

    public void Delete(int offset, int length) => _history.Delete(offset, length, _time.GetElapsedTime(_start));

    /// <summary>Goes through the history; null when there was nothing to do.</summary>
    public IReadOnlyList<TextSplice>? Go(TextUndo way) =>
        (way == TextUndo.Back ? _history.Undo() : _history.Redo()) ? [.. _history.Splices.Select(static s => new TextSplice(s.Offset, s.Removed, s.Inserted))] : null;
}
