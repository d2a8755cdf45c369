using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>One document of a session: what goes out, what comes in, how far both are.</summary>
internal sealed class SyncDocument(SyncSummary theirs, SyncSummary mine, SyncContext session)
{
    public Cid Id => Theirs.Document;

    public SyncSummary Theirs { get; } = theirs;

    /// <summary>What was said of it here.</summary>
    public SyncSummary Mine { get; } = mine;

    /// <summary>A claim without authors, whose heads are not here yet: what to send is known when they are.</summary>
    public bool IsDeferred { get; set; }

    /// <summary>It was asked again.</summary>
    public bool IsReplanned { get; set; }

    /// <summary>Events still to be sent, in canonical order.</summary>
    public Queue<Cid> Outgoing { get; } = [];

    /// <summary>Everything queued to be sent in this session: nothing goes out twice.</summary>
    public HashSet<Cid> Queued { get; } = [];

    /// <summary>Events sent since the last end.</summary>
    public ulong PackCount { get; set; }

    /// <summary>Whether an end is due when <see cref="Outgoing"/> is empty.</summary>
    public bool OwesEnd { get; set; }

    /// <summary>Block bytes the next frame may have.</summary>
    public int FrameBytes { get; set; } = session.Options.FirstFrameBytes;

    /// <summary>Heads said with the end.</summary>
    public IReadOnlyList<Cid> Heads { get; set; } = [];

    /// <summary>Events received since the last end.</summary>
    public ulong ReceivedCount { get; set; }

    /// <summary>Frames handed to the replica and not yet answered.</summary>
    public int Inserting { get; set; }

    /// <summary>Heads of the peer, once its pack is complete.</summary>
    public IReadOnlyList<Cid>? TheirHeads { get; set; }

    /// <summary>A check of their heads was asked for.</summary>
    public bool IsChecking { get; set; }

    /// <summary>All their heads were here at the last check.</summary>
    public bool HasTheirHeads { get; set; }

    /// <summary>At least one check was answered.</summary>
    public bool IsChecked { get; set; }

    /// <summary>Both claimed the same at the start.</summary>
    public bool IsEqual { get; set; }

    /// <summary>The claim did not tell what the peer lacks.</summary>
    public bool WantsRange { get; set; }

    /// <summary>Ranges were compared.</summary>
    public bool IsRanged { get; set; }

    /// <summary>A range message of ours waits for its reply.</summary>
    public bool AwaitsRange { get; set; }

    /// <summary>Range messages received.</summary>
    public int RangeRounds { get; set; }

    /// <summary>The frozen view, when there is one.</summary>
    public RangeView? View { get; set; }

    /// <summary>The comparison of ranges has ended: there is one a session.</summary>
    public bool IsRangeOver { get; set; }

    /// <summary>A view was asked for.</summary>
    public bool AwaitsView { get; set; }

    /// <summary>Range messages waiting for the view.</summary>
    public Queue<RangeMessage> RangesWaiting { get; } = [];

    /// <summary>Events to be asked for.</summary>
    public Queue<Cid> Needed { get; } = [];

    /// <summary>Requests sent and not answered, oldest first.</summary>
    public Queue<IReadOnlyList<Cid>> Asked { get; } = [];

    /// <summary>Requests received and not answered.</summary>
    public int Serving { get; set; }

    /// <summary>Events sent because the peer asked for them.</summary>
    public ulong AnsweredCount { get; set; }

    /// <summary>The peer sent fork proofs unasked.</summary>
    public bool HadProofs { get; set; }

    /// <summary>Blocks without a valid signature above them.</summary>
    public ProvisionalBlocks Provisional { get; } = new(session.Options, session.Provisional);

    /// <summary>How many of them nobody had looked at when they were given again last.</summary>
    public int BusyBefore { get; set; } = int.MaxValue;

    /// <summary>Queues events to be sent, without those that are or were.</summary>
    public void Send(IReadOnlyList<Cid> cids)
    {
        Queued.EnsureCapacity(Queued.Count + cids.Count);
        Outgoing.EnsureCapacity(Outgoing.Count + cids.Count);
        foreach (Cid cid in cids)
        {
            if (Queued.Add(cid))
            {
                Outgoing.Enqueue(cid);
            }
        }

        OwesEnd = true;
    }
}
