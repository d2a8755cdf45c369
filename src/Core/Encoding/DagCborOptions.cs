namespace P2P.Core.Encoding;

/// <summary>Limits of a DAG-CBOR block. They decide validity, so every node that judges the same blocks needs the same.</summary>
/// <remarks>Spec: limits §1. An item is any value or map key; a link is one item; the root counts.</remarks>
public sealed record DagCborOptions
{
    /// <summary>Deepest nesting that can be asked for.</summary>
    public const int NestingMaxCeiling = 32;

    /// <summary>The defaults: any valid DAG-CBOR within the limits.</summary>
    public static DagCborOptions Default { get; } = new();

    /// <summary>What events may hold: no floats.</summary>
    public static DagCborOptions NoFloats { get; } = new() { AllowFloats = false };

    /// <summary>Containers inside each other, the outermost counted. Default and most: 32.</summary>
    public int NestingMax { get; init; } = NestingMaxCeiling;

    /// <summary>Items in the block. Default: 65,536.</summary>
    public int ItemsMax { get; init; } = 65_536;

    /// <summary>Keys in one map. Default: 1,024.</summary>
    public int KeysMax { get; init; } = 1_024;

    /// <summary>Whether finite 64-bit floats are allowed. Default: true.</summary>
    public bool AllowFloats { get; init; } = true;

    /// <summary>Whether links must be version 1, raw or DAG-CBOR, with a 32-byte SHA2-256 or BLAKE3 digest. Default: false.</summary>
    public bool DaslLinksOnly { get; init; }
}
