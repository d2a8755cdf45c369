namespace P2P.Node.Documents;

/// <summary>Edits that are in the text and wait to become an event. Same owner as the text.</summary>
/// <param name="time">For their age.</param>
internal sealed class TextBatch(TimeProvider time)
{
    private readonly List<TextEdit> _edits = [];
    private long _since;

    public int Count => _edits.Count;

    /// <summary>Characters typed or deleted by them.</summary>
    public long Characters { get; private set; }

    /// <summary>Since the first of them; meaningless without any.</summary>
    public TimeSpan Age => time.GetElapsedTime(_since);

    public void Add(TextEdit edit)
    {
        if (_edits.Count == 0)
        {
            _since = time.GetTimestamp();
        }

        _edits.Add(edit);
        Characters += edit.Characters;
    }

    /// <summary>Hands them out and begins anew.</summary>
    public List<TextEdit> Take()
    {
        List<TextEdit> taken = [.. _edits];
        _edits.Clear();
        Characters = 0;
        return taken;
    }
}
