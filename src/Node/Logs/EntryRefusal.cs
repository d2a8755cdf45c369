namespace P2P.Node.Logs;

/// <summary>Why what somebody signed is not shown as an entry of a log.</summary>
public enum EntryRefusal
{
    /// <summary>It is shown.</summary>
    None = 0,

    /// <summary>The event's body is none of a log.</summary>
    NotAnEntry,

    /// <summary>The format cannot read the bytes: they are of another type, or of no type.</summary>
    NotOfFormat,

    /// <summary>
    /// The format, or a constructor, setter or converter of the entry's type, threw: a rule of the type that these bytes break, or a fault of its code.
    /// </summary>
    TypeThrew,
}
