using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>What a node knows of a dormant document without its DAG: its frontier hash and what it would say of it in <c>Open</c>. Immutable.</summary>
/// <remarks>Spec: replica, section 12.3: a dormant document costs its index row, less than 1 KiB for one head.</remarks>
public sealed class DocumentSketch
{
    /// <summary>Author entries kept: as many as an <c>Open</c> of many documents names for each.</summary>
    internal const int AuthorsMax = 8;

    private DocumentSketch(EventDigest frontier, SyncSummary summary)
    {
        Frontier = frontier;
        Summary = summary;
    }

    /// <summary>The frontier hash.</summary>
    public EventDigest Frontier { get; }

    internal SyncSummary Summary { get; }

    /// <summary>Whether both say the same of the document.</summary>
    /// <param name="other">The other.</param>
    public bool Matches(DocumentSketch other) => other is not null && Frontier == other.Frontier && Summary.Document == other.Summary.Document && Summary.Matches(other.Summary);

    /// <summary>Asks a replica.</summary>
    /// <param name="replica">The document, open.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <exception cref="ReplicaException">It was closed.</exception>
    public static async Task<DocumentSketch> OfAsync(Replica replica, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replica);
        return await replica.AskAsync(static index => new DocumentSketch(index.Frontier, index.Summarise(AuthorsMax)), cancellationToken);
    }

    /// <summary>
    /// From what a store keeps beside the events. Null when that does not tell: authors who forked or may have been removed have
    /// events that are held and not shown, and only the DAG knows which.
    /// </summary>
    /// <param name="genesis">The document.</param>
    /// <param name="tips">Its heads, the newest event of each author, and the number of applied events.</param>
    public static DocumentSketch? Of(Genesis genesis, StoredTips tips)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(tips);
        if (tips.HasForks || genesis.Writers is not null || !tips.Authors.All(static a => AuthorKey.IsForm(a.Author.Span)))
        {
            return null;
        }

        Cid[] heads = [.. tips.Heads.Order()];
        List<SyncAuthor> authors = [.. tips.Authors.Select(static a => new SyncAuthor(EventGraph.KeyOf(a.Author.Span), a.Sequence, a.Tip)).Order()];
        int listed = Math.Min(authors.Count, AuthorsMax);
        SyncSummary summary = new(
            genesis.Cid,
            heads.Length <= SyncProtocol.HeadsMax ? heads : heads[..SyncProtocol.HeadsMax],
            authors.GetRange(0, listed),
            SyncIndex.RestHash(authors, listed),
            (ulong)tips.Applied);
        return new DocumentSketch(MerkleClock.FrontierHash(heads, []), summary);
    }
}
