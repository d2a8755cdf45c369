namespace P2P.Crdt.Federation.Queries;

/// <summary>Which records of a list stay: one of equality, prefix and range.</summary>
public sealed record FilterQuery
{
    /// <summary>Field; see <see cref="RecordFields"/>.</summary>
    public required string Field { get; init; }

    /// <summary>Canonical bytes the field must have, or null.</summary>
    public ReadOnlyMemory<byte>? Equal { get; init; }

    /// <summary>Canonical text or bytes that the field's content must begin with, or null.</summary>
    public ReadOnlyMemory<byte>? Prefix { get; init; }

    /// <summary>Least integer, or null.</summary>
    public long? Min { get; init; }

    /// <summary>Greatest integer, or null.</summary>
    public long? Max { get; init; }
}
