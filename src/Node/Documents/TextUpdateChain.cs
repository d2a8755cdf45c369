using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>
/// Every update of a text, each knowing the one after it. A reader holds the link it has read and nobody holds the older ones, so a reader costs the
/// loop nothing, loses nothing, and keeps in memory only what it has not read yet. Written by the document's loop alone.
/// </summary>
internal sealed class TextUpdateChain
{
    private readonly List<TextStep> _steps = [];
    private volatile TextUpdate _last = new(new TextSnapshot(TextRope.Empty, new TextVersion(0, 0, null, SeqVersion.Empty), []), []);

    public TextUpdate Last => _last;

    public void Note(TextSplice splice, object? tag) => _steps.Add(new TextStep(splice, tag));

    /// <summary>Even without a step: the version says what is durable.</summary>
    public void Publish(TextSnapshot snapshot)
    {
        TextUpdate next = new(snapshot, [.. _steps]);
        _steps.Clear();
        TextUpdate before = _last;
        _last = next;
        before.Follow(next);
    }

    public void Close() => _last.Follow(null);
}
