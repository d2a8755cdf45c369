namespace P2P.Dashboard.Api;

/// <summary>What a document holds. A text and a log of one name are one document, and neither shows what the other's verbs wrote.</summary>
internal enum DocumentKind
{
    /// <summary>Neither text nor entries yet: the first event decides.</summary>
    Empty = 0,

    /// <summary>Text.</summary>
    Text,

    /// <summary>Entries of a log, such as a chat room.</summary>
    Log,

    /// <summary>Text and entries.</summary>
    Both,
}
