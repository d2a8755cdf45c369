namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Everything this stack does with a peer's stamp: it may skip the pull side of a session and choose how a resumed session begins. What it says
/// is checked against heads, which are exact; a lie costs bytes. One owner.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 7; replica, section 12.1.</remarks>
public sealed class HintGuard
{
    private static readonly int s_refusalCount = Enum.GetValues<HintRefusal>().Length;

    private readonly long[] _refused = new long[s_refusalCount];
    private readonly bool _isOn;

    /// <summary>Creates one.</summary>
    /// <param name="known">What this replica knows.</param>
    /// <param name="isOn">False: every session is reconciled, at the price of bytes.</param>
    public HintGuard(ClockHint known, bool isOn = true)
    {
        ArgumentNullException.ThrowIfNull(known);
        Known = known with { Stamp = known.Stamp.Peek() };
        _isOn = isOn;
    }

    /// <summary>What this replica knows; owns nothing.</summary>
    public ClockHint Known { get; private set; }

    /// <summary>How often a hint was dropped for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(HintRefusal refusal) => _refused[(int)refusal];

    /// <summary>After an event of this replica, a move to another island, or a new epoch: what it knows now.</summary>
    /// <param name="own">Epoch and stamp.</param>
    public void Record(ClockHint own)
    {
        ArgumentNullException.ThrowIfNull(own);
        IslandStamp stamp = own.Stamp.Peek();
        Known = own.Epoch == Known.Epoch && Known.Stamp.TryJoin(stamp, out IslandStamp? joined, out _)
            ? Known with { Stamp = joined }
            : own with { Stamp = stamp };
    }

    /// <summary>What to do first, given the stamp a peer opened with.</summary>
    /// <param name="hint">Its bytes; empty for none.</param>
    /// <param name="context">What is known without it.</param>
    /// <param name="refusal">Why it was dropped; the advice is then that of a session without a hint.</param>
    public HintAdvice Advise(ReadOnlySpan<byte> hint, HintContext context, out HintRefusal refusal)
    {
        refusal = HintRefusal.None;
        if (context.IsFrontierEqual)
        {
            return HintAdvice.Done;
        }

        if (hint.IsEmpty)
        {
            return HintAdvice.Reconcile;
        }

        refusal = Judge(hint, context, out IslandStamp? stamp);
        _refused[(int)refusal]++;
        return refusal == HintRefusal.None && stamp!.Leq(Known.Stamp) ? HintAdvice.PushOnly : HintAdvice.Reconcile;
    }

    /// <summary>Takes over what a peer knows after it has delivered events; refuses what these cannot explain.</summary>
    /// <param name="hint">Its stamp.</param>
    /// <param name="eventsDelivered">How many admitted events came with it: each raises the highest counter by at most 1.</param>
    /// <param name="isAuthenticated">The peer proved its key in this session.</param>
    public HintRefusal Observe(ReadOnlySpan<byte> hint, long eventsDelivered, bool isAuthenticated)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eventsDelivered);
        HintRefusal refusal = Read(hint, isAuthenticated, out IslandStamp? stamp);
        refusal = refusal == HintRefusal.None ? Take(stamp!, eventsDelivered) : refusal;
        _refused[(int)refusal]++;
        return refusal;
    }

    /// <summary>How high a stamp has risen: the highest counters of its islands together.</summary>
    /// <param name="stamp">The stamp.</param>
    /// <returns>At most <see cref="long.MaxValue"/>, where a poisoned counter would pass it.</returns>
    public static long HeightOf(IslandStamp stamp)
    {
        ArgumentNullException.ThrowIfNull(stamp);
        UInt128 height = 0;
        foreach (Island island in stamp.Islands)
        {
            height += (UInt128)island.Stamp.Events.Max;
        }

        return (long)UInt128.Min(height, long.MaxValue);
    }

    /// <summary>Whether a grant or bequest stands no higher than what is known or can be explained by events; counted if not.</summary>
    /// <param name="stamp">What was given.</param>
    /// <param name="events">How many events there are, as far as a session has shown.</param>
    internal bool Explains(Stamp? stamp, long events)
    {
        bool isExplained = stamp is null || stamp.Events.Max <= Math.Max(events, HeightOf(Known.Stamp));
        _refused[(int)HintRefusal.GrowthTooLarge] += isExplained ? 0 : 1;
        return isExplained;
    }

    private HintRefusal Read(ReadOnlySpan<byte> hint, bool isAuthenticated, out IslandStamp? stamp)
    {
        stamp = null;
        if (!_isOn)
        {
            return HintRefusal.Off;
        }

        if (!isAuthenticated)
        {
            return HintRefusal.Unauthenticated;
        }

        if (ClockHint.TryDecode(hint) is not ClockHint read)
        {
            return HintRefusal.Undecodable;
        }

        stamp = read.Stamp;
        return read.Epoch == Known.Epoch ? HintRefusal.None : HintRefusal.OtherEpoch;
    }

    private HintRefusal Judge(ReadOnlySpan<byte> hint, HintContext context, out IslandStamp? stamp)
    {
        HintRefusal refusal = Read(hint, context.IsAuthenticated, out stamp);
        if (refusal != HintRefusal.None || !stamp!.Leq(Known.Stamp))
        {
            return refusal;
        }

        // It knows nothing that is not known here, and yet both hold different events.
        return Known.Stamp.Leq(stamp) ? HintRefusal.IdentityReuse
            : context.KnowsTheirHeads ? HintRefusal.None
            : HintRefusal.ContradictedByHeads;
    }

    private HintRefusal Take(IslandStamp stamp, long eventsDelivered)
    {
        if (HeightOf(stamp) - HeightOf(Known.Stamp) > eventsDelivered)
        {
            return HintRefusal.GrowthTooLarge;
        }

        if (!Known.Stamp.TryJoin(stamp, out IslandStamp? joined, out _))
        {
            return HintRefusal.TooManyIslands; // neither owns anything: nothing else can be wrong
        }

        Known = Known with { Stamp = joined };
        return HintRefusal.None;
    }
}
