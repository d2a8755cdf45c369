namespace P2P.Crdt.HashSeq;

/// <summary>
/// What a leaf of the order index holds, packed into one integer beside a start: kind (3 bits), a flag for scalars above
/// U+FFFF, length (28 bits). For markers the start is the marker number, for the rest the first element.
/// </summary>
internal static class Entry
{
    public const int Visible = 1;

    /// <summary>Removed: no width, still ordered, still "next element" for the anchor rule.</summary>
    public const int Tombstone = 2;

    /// <summary>Introduced by no visible event: keeps its place for a later return, but is not there.</summary>
    public const int Absent = 3;

    /// <summary>Start of a run's subtree.</summary>
    public const int Open = 4;

    /// <summary>End of a run's subtree.</summary>
    public const int Close = 5;

    public const int LengthMax = (1 << 27) - 1;

    /// <summary>Added to an entry, makes it one element longer.</summary>
    public const int One = 1 << 4;

    private const int AstralFlag = 8;

    public static int Make(int kind, int length, bool astral) => kind | (astral ? AstralFlag : 0) | (length << 4);

    public static int Kind(int meta) => meta & 7;

    public static int Length(int meta) => meta >>> 4;

    public static bool IsAstral(int meta) => (meta & AstralFlag) != 0;

    public static bool IsMarker(int meta) => (meta & 7) >= Open;

    public static bool IsPresent(int meta) => (meta & 7) <= Tombstone;

    public static int WithKind(int meta, int kind) => (meta & ~7) | kind;
}
