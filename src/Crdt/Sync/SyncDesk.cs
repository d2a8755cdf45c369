using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>Answers a session's questions from the replicas of this node. Each replica answers on its own loop.</summary>
/// <param name="find">Open replicas by document; null = not open, and then its existence is not revealed.</param>
/// <param name="dormant">Dormant documents both this node and the peer have named.</param>
/// <param name="peer">The verified peer of the session.</param>
internal sealed class SyncDesk(Func<Cid, Replica?> find, Func<PeerId, DigestTree> dormant, PeerId peer)
{
    /// <summary>Answers a question.</summary>
    /// <exception cref="ReplicaException">The replica was closed meanwhile.</exception>
    /// <exception cref="StoreException">The store failed.</exception>
    public async Task<SessionInput> AnswerAsync(SessionEffect question, CancellationToken cancellationToken) => question switch
    {
        AskSummaries ask => new SyncSummarised(await SummariseAsync(ask, cancellationToken)),
        AskPlan ask => new SyncPlanned(
            ask.Theirs.Document, await Find(ask.Theirs.Document).AskAsync(index => index.Plan(ask.Theirs), cancellationToken)),
        AskBlocks ask => new SyncLoaded(await LoadAsync(ask, cancellationToken)),
        AskHeads ask => new SyncChecked(ask.Document, await Find(ask.Document).AskAsync(index => index.HasAll(ask.Heads), cancellationToken)),
        AskView ask => new SyncViewed(ask.Document, await Find(ask.Document).AskAsync(static index => index.View(), cancellationToken)),
        AskDormant => new SyncDormant(dormant(peer)),
        InsertBlocks insert => new SyncInserted(
            insert, await Find(insert.Document).InsertSyncedAsync(insert.Blocks, peer, cancellationToken)),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown question {question.GetType().Name}."),
    };

    private Replica Find(Cid document) =>
        find(document) ?? throw new ReplicaException(ReplicaError.Closed, $"Document {document} was closed during a sync session.");

    private async Task<List<SyncSummary>> SummariseAsync(AskSummaries ask, CancellationToken cancellationToken)
    {
        List<SyncSummary> summaries = [];
        foreach (Cid document in ask.Documents)
        {
            if (find(document) is Replica replica)
            {
                summaries.Add(await replica.AskAsync(index => index.Summarise(ask.AuthorsMax), cancellationToken));
            }
        }

        return summaries;
    }

    private async Task<List<Event?>> LoadAsync(AskBlocks ask, CancellationToken cancellationToken)
    {
        Replica replica = Find(ask.Document);
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
