namespace P2P.Crdt.Replication;

/// <summary>A filter over the applied, visible events of a document. Every null means "any".</summary>
public sealed record EventQuery
{
    /// <summary>Largest page.</summary>
    public const int LimitMax = 1_000;

    /// <summary>Type name.</summary>
    public string? Type { get; init; }

    /// <summary>Protobuf form of an author key.</summary>
    public ReadOnlyMemory<byte>? Author { get; init; }

    /// <summary>Least height.</summary>
    public ulong? HeightMin { get; init; }

    /// <summary>Greatest height.</summary>
    public ulong? HeightMax { get; init; }

    /// <summary>Least arrival number.</summary>
    public long? ArrivalMin { get; init; }

    /// <summary>Greatest arrival number.</summary>
    public long? ArrivalMax { get; init; }

    /// <summary>Least claimed time, Unix milliseconds. A view: authors may claim anything.</summary>
    public ulong? AtMin { get; init; }

    /// <summary>Greatest claimed time.</summary>
    public ulong? AtMax { get; init; }

    /// <summary>Order of the page.</summary>
    public QueryOrder Order { get; init; }

    /// <summary>Newest first.</summary>
    public bool Descending { get; init; }

    /// <summary>Page size, 1 to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Continue after this place (exclusive), as returned in <see cref="EventPage.Next"/> or <see cref="EventPage.Resume"/>.</summary>
    public QueryCursor? After { get; init; }
}
