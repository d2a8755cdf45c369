using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>What a replay found.</summary>
public sealed record ReplayResult
{
    /// <summary>Whether there is a state.</summary>
    public required ReplayVerdict Verdict { get; init; }

    /// <summary>The document, as soon as an event was read.</summary>
    public Cid Document { get; init; }

    /// <summary>The state document, when complete.</summary>
    public StateDocument? State { get; init; }

    /// <summary><c>final_state</c>, when complete.</summary>
    public EventDigest FinalState => State?.Hash() ?? default;

    /// <summary>SHA-256 of the binary CIDs of the visible events in canonical order.</summary>
    public EventDigest OrderHash { get; init; }

    /// <summary>Visible events.</summary>
    public ulong Count { get; init; }

    /// <summary>The ordered list itself.</summary>
    public IReadOnlyList<Cid> Order { get; init; } = [];

    /// <summary>How far each author reaches, ascending by key.</summary>
    public IReadOnlyList<AuthorPosition> Authors { get; init; } = [];

    /// <summary>Authors that forked.</summary>
    public IReadOnlyList<ForkPoint> Forks { get; init; } = [];

    /// <summary>Receipts that recomputation contradicts.</summary>
    public IReadOnlyList<Refutation> Refuted { get; init; } = [];

    /// <summary>Blocks without which there is no state, ascending.</summary>
    public IReadOnlyList<Cid> Missing { get; init; } = [];

    /// <summary>Keys of executions whose recomputation needs more than <see cref="ReplayOptions.Limits"/> gives; ascending.</summary>
    public IReadOnlyList<EventDigest> TooLarge { get; init; } = [];

    /// <summary>What no replica admits.</summary>
    public IReadOnlyList<(Cid Event, InvalidReason Reason)> Refused { get; init; } = [];

    /// <summary>The fold, for questions about the state. Null unless complete.</summary>
    public FederationFold? Fold { get; init; }
}
