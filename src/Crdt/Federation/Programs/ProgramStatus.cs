namespace P2P.Crdt.Federation.Programs;

/// <summary>Status codes of an execution, as receipts carry them. Failure is a value.</summary>
/// <remarks>Spec: federation, section 6.</remarks>
public static class ProgramStatus
{
    /// <summary>All outputs were made.</summary>
    public const ulong Ok = 0;

    /// <summary>A slice beyond its input.</summary>
    public const ulong Range = 1;

    /// <summary>A sum beyond 64 bits.</summary>
    public const ulong Overflow = 2;

    /// <summary>Out of gas.</summary>
    public const ulong Gas = 3;

    /// <summary>A value of the wrong kind; also a block that is no program.</summary>
    public const ulong Type = 4;

    /// <summary>A slot that is not bound.</summary>
    public const ulong MissingSlot = 5;

    /// <summary>A value longer than 16 MiB.</summary>
    public const ulong Size = 6;

    /// <summary>A word for people.</summary>
    /// <param name="status">The code.</param>
    public static string Name(ulong status) => status switch
    {
        Ok => "ok",
        Range => "range",
        Overflow => "overflow",
        Gas => "gas",
        Type => "type",
        MissingSlot => "missing slot",
        Size => "size",
        _ => "unknown",
    };
}
