using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Where a value or event comes from, and what was said of it.</summary>
public sealed record Provenance
{
    /// <summary>The event itself, when the CID names one.</summary>
    public Event? Source { get; init; }

    /// <summary>Artifacts that carry or name it, when it is data.</summary>
    public IReadOnlyList<Cid> Artifacts { get; init; } = [];

    /// <summary>Receipts that have it among their outputs.</summary>
    public IReadOnlyList<Cid> ProducedBy { get; init; } = [];

    /// <summary>Snapshots whose cut contains it.</summary>
    public IReadOnlyList<Cid> Snapshots { get; init; } = [];

    /// <summary>Tombstones that name it.</summary>
    public IReadOnlyList<Cid> Tombs { get; init; } = [];

    /// <summary>Lifts that name it.</summary>
    public IReadOnlyList<Cid> Lifts { get; init; } = [];

    /// <summary>Whether anything is known of it.</summary>
    public bool IsKnown => Source is not null || Artifacts.Count + ProducedBy.Count > 0;

    /// <summary>Looks through a set, once. Who asks again keeps a <see cref="ProvenanceIndex"/>.</summary>
    /// <param name="subject">An event, or a data block.</param>
    /// <param name="events">Events, closed under links.</param>
    /// <param name="source">Where snapshots' cuts are walked.</param>
    public static Provenance Of(Cid subject, IEnumerable<Event> events, IContentSource source) => new ProvenanceIndex(events).Find(subject, source);
}
