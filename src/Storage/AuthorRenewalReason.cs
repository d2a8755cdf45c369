namespace P2P.Storage;

/// <summary>Why an author key writes no more.</summary>
public enum AuthorRenewalReason
{
    /// <summary>Not known to this program.</summary>
    Unknown = 0,

    /// <summary>The data folder was restored, copied or moved: the same key may be at work elsewhere.</summary>
    FolderCopied = 1,

    /// <summary>An event was met that it signed and this store did not write: a disk was rolled back, or two programs share the key.</summary>
    UsedElsewhere = 2,

    /// <summary>It was exported to a key file, and writes where that is imported.</summary>
    Exported = 3,

    /// <summary>A key file was imported in its place.</summary>
    Replaced = 4,

    /// <summary>In one document alone: its own events were erased here, and nobody brought them.</summary>
    DocumentErased = 5,
}
