using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>What a session receives: packs and answers on their way into the replica, and whether that was all.</summary>
internal sealed class SyncIncoming(SyncContext context, SyncOutgoing outgoing)
{
    /// <summary>
    /// How often a block that nothing vouches for is judged again, on average of all that was received. A run of badly signed events that is cut by
    /// frames of doubling size costs two.
    /// </summary>
    private const int RepeatsMax = 4;

    private long _receivedBytes;
    private long _repeatedBytes;

    public void Pack(PackMessage message)
    {
        if (message.Events.Count == 0)
        {
            context.Fail(SyncRefusal.Unexpected); // says nothing, and costs more than it
        }
        else if (context.Shared(message.Document) is SyncDocument document)
        {
            document.ReceivedCount += (ulong)message.Events.Count;
            Insert(document, [.. message.Events.Select(static e => new SyncBlock(e.Bytes, e, default))]);
        }
    }

    public void PackEnd(PackEndMessage message)
    {
        if (context.Shared(message.Document) is not SyncDocument document)
        {
            return;
        }

        if (message.Count != document.ReceivedCount)
        {
            context.Fail(SyncRefusal.CountMismatch);
            return;
        }

        document.ReceivedCount = 0;
        document.TheirHeads = message.Heads;
        document.IsChecked = false;
        Check(document);
    }

    public void Blocks(BlocksMessage message)
    {
        if (context.Shared(message.Document) is not SyncDocument document)
        {
            return;
        }

        IReadOnlyList<Cid>? asked = null;
        if (document.Asked.Count > 0 && document.Asked.Peek().Count == message.Blocks.Count)
        {
            asked = document.Asked.Dequeue();
        }
        else if (document.HadProofs || document.Asked.Count > 0)
        {
            context.Fail(SyncRefusal.Unexpected);
            return;
        }

        document.HadProofs |= asked is null;
        List<SyncBlock> blocks = [];
        for (int i = 0; i < message.Blocks.Count; i++)
        {
            if (message.Blocks[i] is ReadOnlyMemory<byte> bytes)
            {
                _ = EventCodec.TryDecode(bytes, document.Id, out Event? decoded, out _);
                blocks.Add(new SyncBlock(bytes, decoded, asked?[i] ?? default));
            }
        }

        AskAgain(document, asked, message.Blocks);

        // Oldest first, as in a pack: a good signature vouches for what is before it.
        blocks.Sort(static (a, b) => (a.Decoded?.Height ?? 0).CompareTo(b.Decoded?.Height ?? 0));
        Insert(document, blocks);
    }

    public void Inserted(SyncInserted inserted)
    {
        SyncDocument document = context.Documents[inserted.What.Document];
        document.Inserting--;
        context.Inserting--;
        IReadOnlyList<SyncBlock> blocks = inserted.What.Blocks;
        long droppedBefore = document.Provisional.DroppedBytes;
        for (int i = 0; i < blocks.Count; i++)
        {
            Judge(document, blocks[i], inserted.Verdicts[i]);
        }

        context.WastedBytes += document.Provisional.DroppedBytes - droppedBefore;
        if (context.WastedBytes > context.Options.WasteBytesMax)
        {
            context.Fail(SyncRefusal.Wasteful);
        }

        document.IsChecked &= document.HasTheirHeads;
        Check(document);
    }

    public void Checked(SyncChecked answer)
    {
        SyncDocument document = context.Documents[answer.Document];
        document.IsChecking = false;
        document.IsChecked = document.Inserting == 0 || answer.HasAll;
        document.HasTheirHeads = answer.HasAll;
        outgoing.Replan(document);
        Check(document);
    }

    private void Judge(SyncDocument document, SyncBlock block, EventVerdict verdict)
    {
        switch (verdict.Kind)
        {
            case EventVerdictKind.Accepted:
                context.EventsAccepted++;
                context.PayloadBytes += block.Bytes.Length;
                context.FreshBytes += block.Bytes.Length;
                return;
            case EventVerdictKind.Busy when verdict.Limit == BusyReason.AuthorShare:
                break; // the peer is honest and cannot know: if this ended the session, one greedy author would keep all others out
            case EventVerdictKind.Busy:
            case EventVerdictKind.Invalid when verdict.Reason == InvalidReason.Signature:
                document.Provisional.Keep(block, isBad: verdict.Kind == EventVerdictKind.Invalid);
                break;
            case EventVerdictKind.Invalid when verdict.Reason == InvalidReason.CidMismatch || (verdict.CostsSender && block.Expected.IsNone):
                context.Fail(SyncRefusal.BadBlock);
                break;
            default:
                context.WastedBytes += block.Bytes.Length;
                break;
        }

        context.EventsWasted++;
    }

    private void Insert(SyncDocument document, List<SyncBlock> fresh)
    {
        _receivedBytes += fresh.Sum(static block => (long)block.Bytes.Length);
        document.BusyBefore = int.MaxValue;
        long droppedBefore = document.Provisional.DroppedBytes;
        long repeatedBefore = document.Provisional.RepeatedBytes;
        List<SyncBlock> blocks = document.Provisional.PutBefore(fresh);
        context.WastedBytes += document.Provisional.DroppedBytes - droppedBefore;
        _repeatedBytes += document.Provisional.RepeatedBytes - repeatedBefore;
        Give(document, blocks);
    }

    // What a peer makes the document's loop do is in proportion to what it sends, whatever it repeats and however small its frames are.
    private void Give(SyncDocument document, List<SyncBlock> blocks)
    {
        if (context.WastedBytes > context.Options.WasteBytesMax || _repeatedBytes > context.Options.WasteBytesMax + (RepeatsMax * _receivedBytes))
        {
            context.Fail(SyncRefusal.Wasteful);
        }
        else if (blocks.Count > 0)
        {
            document.Inserting++;
            context.Inserting++;
            context.Ask(new InsertBlocks(document.Id, blocks));
        }
        else
        {
            Check(document);
        }
    }

    // Blocks that were not looked at for want of time have their turn when there is nothing else, as long as they become fewer.
    private bool GiveBusy(SyncDocument document)
    {
        int busy = document.Provisional.BusyCount;
        if (busy == 0 || busy >= document.BusyBefore)
        {
            return false;
        }

        document.BusyBefore = busy;
        long repeatedBefore = document.Provisional.RepeatedBytes;
        List<SyncBlock> blocks = document.Provisional.TakeBusy();
        _repeatedBytes += document.Provisional.RepeatedBytes - repeatedBefore;
        Give(document, blocks);
        return true;
    }

    // The peer stops when its answer is full: what follows the last block given is asked for again, as long as there is progress.
    private static void AskAgain(SyncDocument document, IReadOnlyList<Cid>? asked, IReadOnlyList<ReadOnlyMemory<byte>?> given)
    {
        int last = given.Count - 1;
        while (last >= 0 && given[last] is null)
        {
            last--;
        }

        for (int i = last + 1; asked is not null && last >= 0 && i < asked.Count; i++)
        {
            document.Needed.Enqueue(asked[i]);
        }
    }

    // Once the pack is complete and durable: was that all?
    private void Check(SyncDocument document)
    {
        if (document.TheirHeads is not null && document.Inserting == 0 && !document.IsChecking && !document.IsChecked && !GiveBusy(document))
        {
            document.IsChecking = true;
            context.Ask(new AskHeads(document.Id, document.TheirHeads));
        }
    }
}
