using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>What one side claims to hold of a document. A hint: a lie costs bytes, never state.</summary>
/// <param name="Document">The document.</param>
/// <param name="Heads">Heads, ascending; the first 64 if there are more.</param>
/// <param name="Authors">Author branches in the order of <see cref="SyncAuthor.CompareTo"/>; the highest 256.</param>
/// <param name="Rest">Hash of the branches left out; none when all are listed.</param>
/// <param name="Count">Events held.</param>
internal sealed record SyncSummary(Cid Document, IReadOnlyList<Cid> Heads, IReadOnlyList<SyncAuthor> Authors, EventDigest Rest, ulong Count)
{
    /// <summary>A clock hint; empty for none. Never decides anything but what is sent first.</summary>
    public ReadOnlyMemory<byte> Hint { get; init; }

    /// <summary>Heads and a hash, and no list of authors: whoever sent it believes that it has nothing new for us.</summary>
    public bool IsBrief => Authors.Count == 0 && !Rest.IsNone;

    /// <summary>Whether the other side claims exactly the same.</summary>
    public bool Matches(SyncSummary other) => Count == other.Count && Rest == other.Rest
        && Heads.SequenceEqual(other.Heads) && Authors.SequenceEqual(other.Authors);
}
