namespace P2P.Crdt.Federation.Queries;

/// <summary>A query that shards answer on their own: scan, filter, shadow, then merge, then limit.</summary>
/// <remarks>Spec: federation, section 5.</remarks>
public sealed record ShardPlan
{
    /// <summary>Which records.</summary>
    public ScanQuery Scan { get; init; } = new();

    /// <summary>Filters, all of which must hold.</summary>
    public IReadOnlyList<FilterQuery> Filters { get; init; } = [];

    /// <summary>Whether hidden records drop out.</summary>
    public bool HidesShadowed { get; init; } = true;

    /// <summary>How many to leave out.</summary>
    public ulong Offset { get; init; }

    /// <summary>Most to take.</summary>
    public ulong Count { get; init; } = ulong.MaxValue;
}
