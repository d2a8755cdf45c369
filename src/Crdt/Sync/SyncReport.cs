using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>What a session did. Counts, never payload.</summary>
public sealed record SyncReport
{
    /// <summary>Why it ended early; None otherwise.</summary>
    public SyncRefusal Refusal { get; init; }

    /// <summary>What the peer said in its <c>Error</c>; None when it sent none, or a number unknown here.</summary>
    public SyncRefusal PeerRefusal { get; init; }

    /// <summary>Whether this side holds everything the other side said it had in the documents both know.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Documents of which the other side has more than arrived here.</summary>
    public IReadOnlyList<Cid> Incomplete { get; init; } = [];

    /// <summary>The last heads the other side said to have, by document: a hint, as an announcement is.</summary>
    public IReadOnlyDictionary<Cid, IReadOnlyList<Cid>> Heads { get; init; } = new Dictionary<Cid, IReadOnlyList<Cid>>();

    /// <summary>What both sides said of their clocks, and whether all that the other side named is here.</summary>
    internal IReadOnlyList<SyncClaim> Claims { get; init; } = [];

    /// <summary>How often this side had to wait for an answer before it could go on.</summary>
    public int RoundTrips { get; init; }

    /// <summary>Bytes written, length prefixes included.</summary>
    public long BytesSent { get; init; }

    /// <summary>Bytes read, length prefixes included.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Events sent in packs and answers.</summary>
    public long EventsSent { get; init; }

    /// <summary>Events received that were new and admitted at once.</summary>
    public long EventsAccepted { get; init; }

    /// <summary>Events received that were known, waited, or were refused.</summary>
    public long EventsWasted { get; init; }

    /// <summary>Block bytes received.</summary>
    public long PayloadBytes { get; init; }

    /// <summary>Provisional blocks dropped because nothing signed covered them.</summary>
    public long ProvisionalDropped { get; init; }

    /// <summary>Documents both sides know.</summary>
    public int Documents { get; init; }

    /// <summary>Documents that were equal already, dormant ones included.</summary>
    public int DocumentsEqual { get; init; }

    /// <summary>Documents compared by ranges.</summary>
    public int DocumentsRanged { get; init; }
}
