using System.ComponentModel.DataAnnotations;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>How a node uses the clocks of its documents. Whatever is set here changes bytes sent, never state.</summary>
public sealed record ClockOptions
{
    /// <summary>Whether stamps are sent and listened to. Default true.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Authors a document must have before a stamp is worth its bytes: an author entry of a summary has about as many. Default 4.</summary>
    [Range(1, 256)]
    public int AuthorsMin { get; init; } = 4;

    /// <summary>Peers of a document whose last stamp is remembered, and that count as live on its island; the oldest leaves. Default 64.</summary>
    [Range(1, 4_096)]
    public int PeersMax { get; init; } = 64;

    /// <summary>Times in one epoch that a clock moves to another island or gives its id up for one found used twice. Default 16; then it stays as it is.</summary>
    [Range(0, 4_096)]
    public int ChangesMax { get; init; } = 16;

    /// <summary>Keys whose checkpoints open a new epoch here, in the protobuf form of an author. Default none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> EpochAuthors { get; init; } = [];

    /// <summary>Limits of identities.</summary>
    public IdentityOptions Identity { get; init; } = new();
}
