using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>
/// The fallback: ranges are compared until what differs is listed; each side then sends what the other lacks and asks for what it
/// lacks. The opener leads: every message it sends gets exactly one reply, an empty one at the end.
/// </summary>
internal sealed class RangeTalk(SyncContext context, SyncOutgoing outgoing)
{
    /// <summary>Whether nothing is open.</summary>
    public static bool IsIdle(SyncDocument document) => !document.AwaitsRange && !document.AwaitsView
        && document.RangesWaiting.Count == 0 && document.Asked.Count == 0 && document.Needed.Count == 0;

    /// <summary>Starts, once per session and document.</summary>
    public void Start(SyncDocument document)
    {
        document.IsRanged = true;
        AskForView(document);
    }

    public void Viewed(SyncViewed viewed)
    {
        SyncDocument document = context.Documents[viewed.Document];
        document.AwaitsView = false;
        document.View = viewed.View;
        document.View.Prepare(context.Nonces);
        if (context.IsOpener)
        {
            Say(document, [document.View.Whole()]);
        }

        while (document.RangesWaiting.TryDequeue(out RangeMessage? waiting))
        {
            if (document.View is null)
            {
                context.Fail(SyncRefusal.Unexpected); // said before the answer that ended it
                return;
            }

            Answer(document, waiting);
        }
    }

    public void Received(RangeMessage message)
    {
        if (context.Shared(message.Document) is not SyncDocument document)
        {
            return;
        }

        if (document.IsRangeOver || (context.IsOpener && !document.AwaitsRange))
        {
            context.Fail(SyncRefusal.Unexpected);
        }
        else if (document.IsEqual)
        {
            document.IsRangeOver = true;
            context.Send(new RangeMessage(document.Id, [])); // both said the same: no view is made, and nobody woken, to hear it again
        }
        else if (++document.RangeRounds > context.Options.RangeRoundsMax)
        {
            context.Fail(SyncRefusal.TooManyRounds);
        }
        else if (document.View is null)
        {
            document.IsRanged = true;
            document.RangesWaiting.Enqueue(message);
            AskForView(document);
        }
        else
        {
            Answer(document, message);
        }
    }

    /// <summary>Asks for what is needed, as many requests at a time as allowed.</summary>
    public void Get(SyncDocument document)
    {
        if (document.Asked.Count == 0 && document.Needed.Count > 0)
        {
            context.RoundTrips++;
        }

        while (document.Needed.Count > 0 && document.Asked.Count < context.Options.GetsInFlightMax)
        {
            List<Cid> cids = [];
            while (cids.Count < SyncProtocol.GetMax && document.Needed.TryDequeue(out Cid cid))
            {
                cids.Add(cid);
            }

            document.Asked.Enqueue(cids);
            context.Send(new GetMessage(document.Id, cids));
        }
    }

    private void AskForView(SyncDocument document)
    {
        if (!document.AwaitsView)
        {
            document.AwaitsView = true;
            context.Ask(new AskView(document.Id));
        }
    }

    private void Answer(SyncDocument document, RangeMessage message)
    {
        document.AwaitsRange = false;
        if (message.Entries.Count == 0)
        {
            End(document);
            return;
        }

        RangeAnswer answer = document.View!.Answer(message.Entries);
        if (answer.Reply.Count == 0)
        {
            End(document);
        }

        foreach (Cid cid in answer.Needed)
        {
            document.Needed.Enqueue(cid);
        }

        Get(document); // before the reply: the opener does not close while a reply is open
        if (answer.Lacking.Count > 0)
        {
            document.Send(answer.Lacking);
            outgoing.Pack(document);
        }

        if (!context.IsOpener)
        {
            context.Send(new RangeMessage(document.Id, answer.Reply));
        }
        else if (answer.Reply.Count > 0)
        {
            Say(document, answer.Reply);
        }
    }

    // A session may go on for long, with a thousand documents: what it has compared it holds no more.
    private static void End(SyncDocument document)
    {
        document.View = null;
        document.IsRangeOver = true;
    }

    private void Say(SyncDocument document, IReadOnlyList<RangeEntry> entries)
    {
        document.AwaitsRange = true;
        context.RoundTrips++;
        context.Send(new RangeMessage(document.Id, entries));
    }
}
