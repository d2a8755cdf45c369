namespace P2P.Crdt.Events;

/// <summary>An event before it is chained and signed.</summary>
public sealed record EventDraft
{
    /// <summary>Type name, 1 to 32 of <c>[a-z0-9-]</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Canonical DAG-CBOR map. Ignored when <see cref="BuildBody"/> is set.</summary>
    public ReadOnlyMemory<byte> Body { get; init; } = EmptyBody;

    /// <summary>
    /// Makes the body once links are known, on the replica's loop: pure, quick, must not wait. HashSeq bodies number
    /// their dictionary by <c>prev</c> and <c>deps</c>, which nobody knows earlier.
    /// </summary>
    public Func<AppendContext, ReadOnlyMemory<byte>>? BuildBody { get; init; }

    /// <summary>Unix milliseconds to claim; null = the replica's clock; 0 = withheld.</summary>
    public ulong? At { get; init; }

    /// <summary>The empty map.</summary>
    public static ReadOnlyMemory<byte> EmptyBody { get; } = new byte[] { 0xa0 };
}
