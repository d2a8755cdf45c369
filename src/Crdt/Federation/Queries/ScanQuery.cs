namespace P2P.Crdt.Federation.Queries;

/// <summary>Which records a scan takes; what is null is not asked.</summary>
public readonly record struct ScanQuery()
{
    /// <summary>Type tag of an artifact.</summary>
    public uint? Tag { get; init; }

    /// <summary>Event type.</summary>
    public string? Type { get; init; }

    /// <summary>Least height.</summary>
    public ulong HeightMin { get; init; }

    /// <summary>Greatest height.</summary>
    public ulong HeightMax { get; init; } = ulong.MaxValue;
}
