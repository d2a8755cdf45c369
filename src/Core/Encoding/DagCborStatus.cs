namespace P2P.Core.Encoding;

/// <summary>How reading DAG-CBOR went: the named reason of every refusal.</summary>
public enum DagCborStatus
{
    /// <summary>Not finished; refused everywhere.</summary>
    None = 0,

    /// <summary>All bytes are one canonical item.</summary>
    Valid,

    /// <summary>The bytes end inside an item, or a count promises more items than there are bytes.</summary>
    Truncated,

    /// <summary>Bytes follow the item.</summary>
    TrailingBytes,

    /// <summary>A length or number is not in its shortest form.</summary>
    NotMinimal,

    /// <summary>An indefinite length, or a reserved first byte.</summary>
    Indefinite,

    /// <summary>A tag other than 42.</summary>
    Tag,

    /// <summary>Tag 42 without a valid CID behind a zero byte.</summary>
    Link,

    /// <summary>A link that is a CID, but not one of the forms the options ask for.</summary>
    LinkForm,

    /// <summary>A simple value other than false, true, null.</summary>
    Simple,

    /// <summary>A 16- or 32-bit float, NaN, an infinity, negative zero, or any float where floats are refused.</summary>
    Float,

    /// <summary>Text that is not UTF-8.</summary>
    Utf8,

    /// <summary>A map key that is not text.</summary>
    KeyKind,

    /// <summary>Map keys out of order.</summary>
    KeyOrder,

    /// <summary>A map key twice.</summary>
    KeyTwice,

    /// <summary>Nested too deeply.</summary>
    TooDeep,

    /// <summary>Too many items in the block.</summary>
    TooManyItems,

    /// <summary>Too many keys in a map.</summary>
    TooManyKeys,

    /// <summary>The reader asked for another kind, or for an item behind the end.</summary>
    UnexpectedKind,

    /// <summary>An integer does not fit the type the reader asked for.</summary>
    IntegerRange,

    /// <summary>The reader stopped before the end.</summary>
    Unfinished,
}
