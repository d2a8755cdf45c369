using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>A <see cref="Sequence"/> in the words of the change stream. One owner.</summary>
/// <param name="document">The document.</param>
internal sealed class TextView(Cid document)
{
    private (int Applied, SeqVersion Version) _frontier = (0, SeqVersion.Empty);

    /// <summary>The text.</summary>
    public Sequence Sequence { get; } = new(document);

    /// <summary>The newest events of the text when so many were applied. Made once an event, not once a keystroke.</summary>
    public SeqVersion FrontierAfter(int applied)
    {
        if (_frontier.Applied != applied)
        {
            _frontier = (applied, Sequence.Version);
        }

        return _frontier.Version;
    }

    /// <summary>Applies or retracts an event and says what that did to the text; types without text change nothing.</summary>
    public IReadOnlyList<TextSplice> Apply(Event item, TextOrigin origin)
    {
        IReadOnlyList<Splice> splices = origin == TextOrigin.Retraction ? Sequence.Retract(item) : Sequence.Apply(item);
        return [.. splices.Select(static s => new TextSplice(s.Offset, s.Removed, s.Inserted))];
    }
}
