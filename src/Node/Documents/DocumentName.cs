namespace P2P.Node.Documents;

/// <summary>Names of new documents are shown in lists, logs and pages: none may steer a terminal or turn a line round.</summary>
internal static class DocumentName
{
    /// <summary>What is said of one that does.</summary>
    public const string Refusal = "A document's name has no control characters. One that has such a name already is opened by its ticket.";

    /// <summary>Whether it holds a control character or an override of the direction of text.</summary>
    public static bool Steers(string name) => name.Any(static c => char.IsControl(c) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'));
}
