namespace P2P.Node.Documents;

/// <summary>How an edit is made: undoable, or salted with its event.</summary>
internal interface ITextPen
{
    void Insert(int offset, string text);

    void Delete(int offset, int length);
}
