namespace P2P.Dashboard.Editing;

/// <summary>Marks the edits of one browser, so that it hears which of them are in.</summary>
/// <param name="Socket">Whose.</param>
/// <param name="Number">As the browser counts.</param>
internal sealed record EditTag(EditSocket Socket, long Number);
