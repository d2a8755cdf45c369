namespace P2P.Crdt.Federation.Execution;

/// <summary>How far a request has come here.</summary>
public enum RequestState
{
    /// <summary>There is no such request here yet.</summary>
    None = 0,

    /// <summary>Its snapshot or program is not here yet, or others are worked on first.</summary>
    Waiting,

    /// <summary>Stages are being run.</summary>
    Running,

    /// <summary>All outputs are known.</summary>
    Done,

    /// <summary>A stage failed: see the status.</summary>
    Failed,

    /// <summary>It cannot be run: no program, a slot that is not bound, more slots than a receipt may name, or an output that cannot be written.</summary>
    Refused,

    /// <summary>Nothing came of it for <see cref="ExecutorOptions.StallAfter"/>: a block or snapshot does not come. It is tried on, and goes on when it does.</summary>
    Stalled,

    /// <summary>It is not worked on here, or no longer remembered: there were too many, or the event is no request.</summary>
    Dropped,

    /// <summary>A stage holds more at once than <see cref="ExecutorOptions.Limits"/> gives.</summary>
    TooLarge,
}
