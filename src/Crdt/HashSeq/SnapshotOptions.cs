namespace P2P.Crdt.HashSeq;

/// <summary>Limits of what a snapshot may cost its reader; beyond them it is refused with <see cref="SnapshotStatus.Limit"/>.</summary>
public sealed record SnapshotOptions
{
    /// <summary>Most bytes of a snapshot, and of what its sections unpack to. Default 256 MiB.</summary>
    public int BytesMax { get; init; } = 256 << 20;

    /// <summary>Most bytes of the event blocks it stands for. Default 1 GiB.</summary>
    public long BlockBytesMax { get; init; } = 1L << 30;
}
