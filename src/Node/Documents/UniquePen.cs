using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>Insertions that no equal text elsewhere is merged with. They are not part of the undo history: what was appended was said.</summary>
/// <param name="sequence">The text.</param>
/// <param name="options">The salt.</param>
internal sealed class UniquePen(Sequence sequence, InsertOptions options) : ITextPen
{
    public void Insert(int offset, string text) => sequence.Insert(offset, text, options);

    public void Delete(int offset, int length) => sequence.Delete(offset, length);
}
