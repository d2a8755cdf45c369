using P2P.Crdt.Presence;

namespace P2P.Node.Documents;

/// <summary>A caret bound to the text beside it, of one who edits on this node; see <see cref="TextPresence.BindAsync"/>. Immutable.</summary>
public sealed class LocalCaret
{
    internal LocalCaret(PresenceCaret bound) => Bound = bound;

    internal PresenceCaret Bound { get; }
}
