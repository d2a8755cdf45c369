using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>What the parts of one session share.</summary>
internal sealed class SyncContext(SyncOptions options, bool isOpener)
{
    public SyncOptions Options { get; } = options;

    public bool IsOpener { get; } = isOpener;

    /// <summary>Room for blocks that no valid signature covers yet, of all documents together.</summary>
    public ProvisionalBudget Provisional { get; } = new(options.ProvisionalSessionBytesMax);

    /// <summary>Opener's nonce, then the other's; known when both have spoken.</summary>
    public byte[] Nonces { get; } = new byte[2 * SyncProtocol.NonceBytes];

    /// <summary>Documents both sides know, in the order they were agreed on.</summary>
    public Dictionary<Cid, SyncDocument> Documents { get; } = [];

    /// <summary>Where effects of the present step go.</summary>
    public List<SessionEffect> Effects { get; set; } = [];

    /// <summary>Why the session fails, once it does.</summary>
    public SyncRefusal Refusal { get; private set; }

    /// <summary>Questions asked here and not answered: while there are any, the peer is not what we wait for.</summary>
    public int Errands { get; set; }

    /// <summary>Of these, what may take long and what a peer cannot ask for without end: while there are any, lack of progress is ours.</summary>
    public int Works { get; set; }

    /// <summary>Useful bytes of the messages that have not left, oldest first.</summary>
    public Queue<long> Unsaid { get; } = [];

    /// <summary>Messages that have not left.</summary>
    public int Unsent => Unsaid.Count;

    /// <summary>Block bytes applied since the last step.</summary>
    public long FreshBytes { get; set; }

    /// <summary>Frames handed to replicas and not yet durable.</summary>
    public int Inserting { get; set; }

    public int RoundTrips { get; set; }

    public long EventsSent { get; set; }

    public long EventsAccepted { get; set; }

    public long EventsWasted { get; set; }

    public long PayloadBytes { get; set; }

    public long WastedBytes { get; set; }

    public int DormantEqual { get; set; }

    /// <summary>Nothing more is sent: the write side was closed.</summary>
    public bool IsWritingClosed { get; set; }

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="useful">Its bytes of events that the peer lacked.</param>
    public void Send(SyncMessage message, long useful = 0)
    {
        if (IsWritingClosed)
        {
            return; // asked for after this side had said that it was done
        }

        Unsaid.Enqueue(useful);
        Effects.Add(new SendMessage(message));
    }

    public void Ask(SessionEffect question)
    {
        Errands++;
        Works += IsWork(question) ? 1 : 0;
        Effects.Add(question);
    }

    /// <summary>A question was answered.</summary>
    public void Answered(SessionInput answer)
    {
        Errands--;
        Works -= answer is SyncLoaded or SyncChecked ? 0 : 1;
    }

    // Blocks and heads a peer may ask for again and again.
    private static bool IsWork(SessionEffect question) => question is not (AskBlocks or AskHeads);

    /// <summary>The first reason stands.</summary>
    public void Fail(SyncRefusal refusal) => Refusal = Refusal == SyncRefusal.None ? refusal : Refusal;

    /// <summary>The document, or null and a refusal: the peer spoke of one that was not agreed on.</summary>
    public SyncDocument? Shared(Cid document)
    {
        if (!Documents.TryGetValue(document, out SyncDocument? shared))
        {
            Fail(SyncRefusal.NotShared);
        }

        return shared;
    }
}
