namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a sync session should do first. Heads decide whether it is done.</summary>
public enum HintAdvice
{
    /// <summary>Not asked.</summary>
    None = 0,

    /// <summary>Equal frontiers: nothing to send either way. Only heads can say this, never a stamp.</summary>
    Done,

    /// <summary>The peer has nothing that is new here: the pull side may be skipped until its heads are compared.</summary>
    PushOnly,

    /// <summary>Both sides are reconciled.</summary>
    Reconcile,
}
