namespace P2P.Crdt.Federation.Execution;

/// <summary>How far a request has come here.</summary>
public enum RequestState
{
    /// <summary>There is no such request.</summary>
    None = 0,

    /// <summary>Its snapshot or program is not here yet.</summary>
    Waiting,

    /// <summary>Stages are being run.</summary>
    Running,

    /// <summary>All outputs are known.</summary>
    Done,

    /// <summary>A stage failed: see the status.</summary>
    Failed,

    /// <summary>It cannot be run: no program, a slot that is not bound, more slots than a receipt may name, or an output that cannot be written.</summary>
    Refused,
}
