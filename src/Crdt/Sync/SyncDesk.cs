using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>Answers a session's questions from the replicas of this node. Each replica answers on its own loop.</summary>
/// <param name="documents">The documents of this node.</param>
/// <param name="hints">Clocks, or null.</param>
/// <param name="peer">The verified peer of the session.</param>
internal sealed class SyncDesk(ISyncDocuments documents, ISyncHints? hints, PeerId peer)
{
    /// <summary>Answers a question.</summary>
    /// <exception cref="ReplicaException">The replica was closed meanwhile.</exception>
    /// <exception cref="StoreException">The store failed.</exception>
    public async Task<SessionInput> AnswerAsync(SessionEffect question, CancellationToken cancellationToken) => question switch
    {
        AskSummaries ask => new SyncSummarised(await SummariseAsync(ask, cancellationToken)),
        AskPlan ask => new SyncPlanned(
            ask.Theirs.Document, await AskAsync(ask.Theirs.Document, index => index.Plan(ask.Theirs), cancellationToken)),
        AskBlocks ask => new SyncLoaded(await LoadAsync(ask, cancellationToken)),
        AskHeads ask => new SyncChecked(ask.Document, await AskAsync(ask.Document, index => index.HasAll(ask.Heads), cancellationToken)),
        AskView ask => new SyncViewed(ask.Document, await AskAsync(ask.Document, static index => index.View(), cancellationToken)),
        AskDormant => new SyncDormant(await SharedAsync(cancellationToken)),
        InsertBlocks insert => await InsertAsync(insert, cancellationToken),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown question {question.GetType().Name}."),
    };

    /// <summary>The digest tree over the documents shared with the peer.</summary>
    public async Task<DigestTree> SharedAsync(CancellationToken cancellationToken) => new(await documents.SharedAsync(peer, cancellationToken));

    private static Replica Of(SyncLease lease, Cid document) =>
        lease.Replica ?? throw new ReplicaException(ReplicaError.Closed, $"Document {document} was closed during a sync session.");

    private async Task<T> AskAsync<T>(Cid document, Func<SyncIndex, T> question, CancellationToken cancellationToken)
    {
        using SyncLease lease = await documents.LeaseAsync(document, cancellationToken);
        return await Of(lease, document).AskAsync(question, cancellationToken);
    }

    private async Task<SyncInserted> InsertAsync(InsertBlocks insert, CancellationToken cancellationToken)
    {
        using SyncLease lease = await documents.LeaseAsync(insert.Document, cancellationToken);
        return new SyncInserted(insert, await Of(lease, insert.Document).InsertSyncedAsync(insert.Blocks, peer, cancellationToken));
    }

    /// <summary>Tells the clocks what a session showed.</summary>
    public async Task ObserveAsync(SyncReport report, CancellationToken cancellationToken)
    {
        if (hints is null)
        {
            return;
        }

        foreach (SyncClaim claim in report.Claims)
        {
            bool isWorthIt = claim.Mine.Authors.Count >= hints.AuthorsMin || !claim.Theirs.Hint.IsEmpty || !claim.Mine.Hint.IsEmpty;
            if (!isWorthIt || !hints.Has(claim.Theirs.Document))
            {
                continue; // nobody is woken for a hint
            }

            SyncSummary now = await AskAsync(claim.Theirs.Document, static index => index.Summarise(0), cancellationToken);
            IReadOnlyList<Cid> theirs = report.Heads.GetValueOrDefault(claim.Theirs.Document, claim.Theirs.Heads);
            ClockOutcome outcome = new(claim.Theirs.Hint, claim.Mine.Hint)
            {
                IsOver = report.Refusal == SyncRefusal.None,
                HoldsTheirs = claim.HoldsTheirs,
                IsEqual = claim.HoldsTheirs && now.Heads.SequenceEqual(theirs),
                Set = now.Rest,
                Events = now.Count,
            };
            await hints.ObserveAsync(peer, claim.Theirs.Document, outcome, cancellationToken);
        }
    }

    private async Task<List<SyncSummary>> SummariseAsync(AskSummaries ask, CancellationToken cancellationToken)
    {
        List<SyncSummary> summaries = [];
        foreach (Cid document in ask.Documents)
        {
            // A sketch lists few authors: it says the same as the document itself only when more are not asked for, or there are no more.
            if (await documents.SketchAsync(document, cancellationToken) is { Summary: SyncSummary known }
                && (known.Rest.IsNone || ask.AuthorsMax == DocumentSketch.AuthorsMax))
            {
                summaries.Add(known);
                continue;
            }

            using SyncLease lease = await documents.LeaseAsync(document, cancellationToken);
            if (lease.Replica is Replica replica)
            {
                SyncSummary? theirs = ask.Theirs.GetValueOrDefault(document);
                summaries.Add(await SummariseAsync(replica, ask.AuthorsMax, theirs, cancellationToken));
            }
        }

        return summaries;
    }

    // The list of authors tells the peer what to send. Where it has nothing to send, by what the clocks say, heads do.
    private async Task<SyncSummary> SummariseAsync(Replica replica, int authorsMax, SyncSummary? theirs, CancellationToken cancellationToken)
    {
        (SyncSummary full, SyncSummary brief, bool knowsHeads) = await replica.AskAsync(
            index => (index.Summarise(authorsMax), index.Summarise(0), theirs is null || index.HasAll(theirs.Heads)), cancellationToken);
        if (theirs is not null && theirs.IsBrief && theirs.Matches(brief))
        {
            full = brief; // equal, and said the same way
        }

        if (hints is null || !hints.Has(replica.Document) || full.Authors.Count < hints.AuthorsMin || full.Heads.Count >= SyncProtocol.HeadsMax)
        {
            return full; // heads that are cut off tell too little without authors
        }

        ReadOnlyMemory<byte> mine = await hints.ShowAsync(replica.Document, brief.Rest, cancellationToken);
        bool isBrief = !mine.IsEmpty && (theirs is null
            ? await hints.IsCoveredAsync(peer, replica.Document, cancellationToken)
            : await hints.AdviseAsync(
                replica.Document, theirs.Hint, new HintContext(theirs.Matches(full), knowsHeads, IsAuthenticated: true), cancellationToken) == HintAdvice.PushOnly);
        return (isBrief ? brief : full) with { Hint = mine };
    }

    private async Task<List<Event?>> LoadAsync(AskBlocks ask, CancellationToken cancellationToken)
    {
        using SyncLease lease = await documents.LeaseAsync(ask.Document, cancellationToken);
        Replica replica = Of(lease, ask.Document);
        IReadOnlyList<Cid> cids = ask.IsChosenByPeer
            ? await replica.AskAsync(index => index.Held(ask.Cids), cancellationToken)
            : ask.Cids;
        List<Event?> events = [];
        int bytes = 0;
        foreach (Cid cid in cids)
        {
            Event? found = null;
            if (!cid.IsNone && await replica.Options.Store.GetBlockAsync(cid, cancellationToken) is ReadOnlyMemory<byte> block
                && EventCodec.TryDecode(block, ask.Document, out found, out _))
            {
                bytes += block.Length;
            }

            if (bytes > ask.BytesMax && events.Count > 0)
            {
                break;
            }

            events.Add(found);
        }

        return events;
    }
}
