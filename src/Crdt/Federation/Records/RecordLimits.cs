namespace P2P.Crdt.Federation.Records;

/// <summary>Protocol constants of the record bodies: part of validity, equal on every replica.</summary>
/// <remarks>Spec: federation, section 2. Text is measured in bytes of UTF-8.</remarks>
public static class RecordLimits
{
    /// <summary>Longest artifact key.</summary>
    public const int KeyBytesMax = 256;

    /// <summary>Longest inline data.</summary>
    public const int InlineBytesMax = 65_536;

    /// <summary>Most endpoints on one side of an edge.</summary>
    public const int EndpointsMax = 64;

    /// <summary>Longest edge type.</summary>
    public const int EdgeTypeBytesMax = 64;

    /// <summary>Most slots on one side of a receipt or program.</summary>
    public const int SlotsMax = 64;

    /// <summary>Longest slot name.</summary>
    public const int SlotBytesMax = 32;

    /// <summary>Longest scheme name.</summary>
    public const int SchemeBytesMax = 64;

    /// <summary>Most heads of a cut: as many as an event can cite.</summary>
    public const int CutMax = 64;

    /// <summary>Most tombstones one lift names.</summary>
    public const int TombsMax = 1_024;
}
