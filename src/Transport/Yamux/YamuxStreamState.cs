namespace P2P.Transport.Yamux;

/// <summary>What the session knows about one stream. Owned by <see cref="YamuxSession"/>.</summary>
internal sealed class YamuxStreamState(uint id, bool outbound)
{
    public uint Id => id;

    /// <summary>Whether we opened it.</summary>
    public bool Outbound => outbound;

    /// <summary>The loop's side of the stream.</summary>
    public object? Handle { get; set; }

    /// <summary>Bytes we may still send.</summary>
    public long SendCredit { get; set; } = YamuxSession.InitialWindowBytes;

    /// <summary>Bytes the remote may still send.</summary>
    public int ReceiveCredit { get; set; } = YamuxSession.InitialWindowBytes;

    /// <summary>Credit plus unread plus unreported bytes.</summary>
    public int WindowBytes { get; set; } = YamuxSession.InitialWindowBytes;

    /// <summary>Read by the application, not yet told to the remote.</summary>
    public int UnreportedBytes { get; set; }

    /// <summary>Credit that the next WindowUpdate carries.</summary>
    public int CreditToSend { get; set; }

    /// <summary>Bytes the application waits to send.</summary>
    public int PendingBytes { get; set; }

    /// <summary>Memory that unread bytes occupy.</summary>
    public int HeldBytes { get; set; }

    /// <summary>Bytes charged to the budgets for this stream.</summary>
    public int ChargedBytes { get; set; }

    /// <summary>When the window was last reported: a window used up within a few round trips is too small.</summary>
    public TimeSpan ReportedAt { get; set; }

    /// <summary>Whether nothing was unread at some moment since the last report: the reader keeps up.</summary>
    public bool Drained { get; set; }

    /// <summary>When an abandoned stream is reset.</summary>
    public TimeSpan LingerUntil { get; set; }

    public bool SynPending { get; set; }

    public bool AckPending { get; set; }

    public bool FinPending { get; set; }

    public bool FinSent { get; set; }

    public bool RemoteEnded { get; set; }

    /// <summary>Whether the remote has acknowledged a stream of ours.</summary>
    public bool Acknowledged { get; set; }

    /// <summary>Whether the application has taken a stream of the remote's.</summary>
    public bool Accepted { get; set; }

    /// <summary>Nobody reads any more: what comes is dropped and no credit given.</summary>
    public bool Abandoned { get; set; }

    /// <summary>No longer part of the session.</summary>
    public bool Gone { get; set; }

    public bool InReadyQueue { get; set; }

    public bool InUpdateQueue { get; set; }
}
