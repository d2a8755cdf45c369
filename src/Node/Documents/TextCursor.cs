namespace P2P.Node.Documents;

/// <summary>
/// A place to type at: it stays behind what was typed with it and is carried along when others edit in front of it. Calls may follow each other
/// without waiting; they are applied in order. One typist a cursor.
/// </summary>
public sealed class TextCursor
{
    private readonly TextDocument _document;

    internal TextCursor(TextDocument document, int offset, TextVersion version)
    {
        _document = document;
        Offset = offset;
        Revision = version.Revision;
    }

    /// <summary>Where, in <see cref="Revision"/>. Owned by the document's loop once an edit is queued.</summary>
    internal int Offset { get; set; }

    /// <summary>The revision <see cref="Offset"/> speaks of.</summary>
    internal long Revision { get; set; }

    /// <summary>Types text at the cursor.</summary>
    /// <param name="text">See <see cref="TextDocument.InsertAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task InsertAsync(string text, CancellationToken cancellationToken = default) =>
        _document.EditAsync(new TextEdit { Text = text, Cursor = this }, cancellationToken);

    /// <summary>Deletes UTF-16 units in front of the cursor, as the backspace key does.</summary>
    /// <param name="length">How many; stops at the beginning of the text.</param>
    /// <param name="cancellationToken">Ends the wait; the edit may still happen.</param>
    public Task BackspaceAsync(int length = 1, CancellationToken cancellationToken = default) =>
        _document.EditAsync(new TextEdit { DeleteLength = length, Cursor = this }, cancellationToken);
}
