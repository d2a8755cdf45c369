namespace P2P.Cli.Benchmarks;

/// <summary>What <c>p2p bench text</c> says of a trace. Times are CPU milliseconds; docs/BENCHMARKS.md says what each includes.</summary>
internal sealed record TextFigures
{
    public required double LocalMs { get; init; }

    public required double LocalSignedMs { get; init; }

    public required int RemoteEvents { get; init; }

    public required double RemoteMs { get; init; }

    public required double RemoteSignedMs { get; init; }

    public required double LoadMs { get; init; }

    public required int EncodedBytes { get; init; }

    public required long HeapBytes { get; init; }

    /// <summary>Events cut every 256 patches: those of the local, load, size and heap figures.</summary>
    public required int Events { get; init; }

    /// <summary>Every replica of every replay showed the end content.</summary>
    public required bool TextOk { get; init; }

    /// <summary>SHA-256 of 16 MiB in the same run: what a millisecond of this machine is worth.</summary>
    public required double YardstickMs { get; init; }
}
