using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// What a session sends: plans, packs, answers. One question at a time, and no more frames than the stream takes: a slow reader
/// costs two frames of memory.
/// </summary>
internal sealed class SyncOutgoing(SyncContext context)
{
    /// <summary>Fewest bytes of an event: bounds how many are asked for to fill a frame.</summary>
    private const int EventBytesMin = 200;

    /// <summary>Bytes of blocks in one answer: below 1 MiB with its heads.</summary>
    private const int AnswerBytesMax = (1 << 20) - (8 << 10);

    private readonly Queue<SyncDocument> _plans = [];
    private readonly Queue<SyncDocument> _packs = [];
    private readonly Queue<(SyncDocument Document, IReadOnlyList<Cid> Cids, bool IsAnswer)> _answers = [];
    private bool _planning;
    private (SyncDocument Document, IReadOnlyList<Cid> Cids, bool IsAnswer, bool IsPack)? _loading;

    /// <summary>Nothing is left to say.</summary>
    public bool IsIdle => !_planning && _loading is null && _plans.Count + _packs.Count + _answers.Count == 0;

    /// <summary>Find out what the peer lacks, and send it.</summary>
    public void Plan(SyncDocument document) => _plans.Enqueue(document);

    /// <summary>Asks again what the peer lacks, once its own pack is here.</summary>
    public void Replan(SyncDocument document)
    {
        if (document.IsDeferred && document.IsChecked)
        {
            document.IsDeferred = false;
            document.IsReplanned = true;
            Plan(document);
        }
    }

    /// <summary>Send what was queued in the document.</summary>
    public void Pack(SyncDocument document)
    {
        if (!_packs.Contains(document))
        {
            _packs.Enqueue(document);
        }
    }

    /// <summary>Answer a request.</summary>
    public void Answer(SyncDocument document, IReadOnlyList<Cid> cids)
    {
        if (++document.Serving > context.Options.GetsInFlightMax)
        {
            context.Fail(SyncRefusal.TooManyRequests);
            return;
        }

        _answers.Enqueue((document, cids, IsAnswer: true));
    }

    public void Planned(SyncPlanned planned)
    {
        _planning = false;
        SyncDocument document = context.Documents[planned.Document];
        SyncPlan plan = planned.Plan;
        if (plan.UsesRange && document.Theirs.IsBrief && !document.IsReplanned && (context.IsOpener || !document.Mine.IsBrief))
        {
            // Its pack comes first: with its heads here the question has an exact answer. Not both wait: who answers briefly has said all it asks for.
            document.IsDeferred = true;
            Replan(document);
            return;
        }

        if (plan.Proofs.Count > 0)
        {
            _answers.Enqueue((document, plan.Proofs.Take(SyncProtocol.GetMax).ToArray(), IsAnswer: false));
        }

        document.Heads = plan.Heads;
        document.WantsRange = plan.UsesRange;
        document.Send(plan.Pack);
        Pack(document);
    }

    public void Loaded(IReadOnlyList<Event?> events)
    {
        (SyncDocument document, IReadOnlyList<Cid> cids, bool isAnswer, bool isPack) = _loading!.Value;
        _loading = null;
        if (!isPack)
        {
            SendBlocks(document, cids, events, isAnswer);
            return;
        }

        int read = Math.Clamp(events.Count, 1, cids.Count);
        for (int i = 0; i < read; i++)
        {
            document.Outgoing.Dequeue();
        }

        Event[] found = [.. events.Take(read).OfType<Event>()];
        if (found.Length > 0)
        {
            document.PackCount += (ulong)found.Length;
            context.EventsSent += found.Length;
            document.FrameBytes = Math.Min(document.FrameBytes * 2, context.Options.PackFrameBytes);
            context.Send(new PackMessage(document.Id, found), found.Sum(static e => (long)e.Bytes.Length));
        }
    }

    /// <summary>Goes on as far as the stream lets it.</summary>
    public void Pump()
    {
        if (!_planning && _plans.TryDequeue(out SyncDocument? next))
        {
            _planning = true;
            context.Ask(new AskPlan(next.IsReplanned ? next.Theirs with { Heads = next.TheirHeads! } : next.Theirs));
        }

        while (_loading is null && context.Unsent < context.Options.FramesUnsentMax && (Answer() || PackMore()))
        {
            // each turn sends, asks or finishes one thing
        }
    }

    private bool Answer()
    {
        if (!_answers.TryDequeue(out (SyncDocument Document, IReadOnlyList<Cid> Cids, bool IsAnswer) answer))
        {
            return false;
        }

        _loading = (answer.Document, answer.Cids, answer.IsAnswer, IsPack: false);
        context.Ask(new AskBlocks(answer.Document.Id, answer.Cids, AnswerBytesMax, answer.IsAnswer));
        return true;
    }

    private bool PackMore()
    {
        if (!_packs.TryPeek(out SyncDocument? document))
        {
            return false;
        }

        if (document.Outgoing.Count > 0)
        {
            Cid[] cids = [.. document.Outgoing.Take(Math.Max(1, document.FrameBytes / EventBytesMin))];
            _loading = (document, cids, IsAnswer: false, IsPack: true);
            context.Ask(new AskBlocks(document.Id, cids, document.FrameBytes, IsChosenByPeer: false));
            return true;
        }

        _packs.Dequeue();
        if (document.OwesEnd)
        {
            document.OwesEnd = false;
            context.Send(new PackEndMessage(document.Id, document.PackCount, document.Heads));
            document.PackCount = 0;
        }

        return true;
    }

    private void SendBlocks(SyncDocument document, IReadOnlyList<Cid> cids, IReadOnlyList<Event?> events, bool isAnswer)
    {
        ReadOnlyMemory<byte>?[] blocks = new ReadOnlyMemory<byte>?[isAnswer ? cids.Count : events.Count];
        long bytes = 0;
        for (int i = 0; i < Math.Min(blocks.Length, events.Count); i++)
        {
            blocks[i] = events[i]?.Bytes;
            context.EventsSent += events[i] is null ? 0 : 1;
            document.AnsweredCount += events[i] is null ? 0UL : 1UL;
            bytes += events[i]?.Bytes.Length ?? 0;
        }

        document.Serving -= isAnswer ? 1 : 0;

        // Who asks for the whole document once lacked it; who goes on asking holds a place.
        context.Send(new BlocksMessage(document.Id, blocks), document.AnsweredCount <= document.Mine.Count ? bytes : 0);
    }
}
