using P2P.Crdt.Events;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a sync session showed of one document.</summary>
/// <param name="Theirs">The hint of the peer; empty for none.</param>
/// <param name="Mine">The hint that was shown to it; empty for none.</param>
public sealed record ClockOutcome(ReadOnlyMemory<byte> Theirs, ReadOnlyMemory<byte> Mine)
{
    /// <summary>The session went well to its end.</summary>
    public bool IsOver { get; init; }

    /// <summary>Every head that the peer named is here.</summary>
    public bool HoldsTheirs { get; init; }

    /// <summary>The heads here are those the peer named.</summary>
    public bool IsEqual { get; init; }

    /// <summary>Digest of the events that are here now.</summary>
    public EventDigest Set { get; init; }

    /// <summary>How many these are: no stamp can have risen further.</summary>
    public ulong Events { get; init; }
}
