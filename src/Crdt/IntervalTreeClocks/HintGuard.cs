namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Everything this stack does with a peer's stamp: it may skip the pull side of a session and choose what a resumed session sends first. What it says
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
    public HintGuard(EventTree known, bool isOn = true)
    {
        Known = known;
        _isOn = isOn;
    }

    /// <summary>What this replica knows; the event part only.</summary>
    public EventTree Known { get; private set; }

    /// <summary>How often a hint was dropped for a reason.</summary>
    /// <param name="refusal">The reason.</param>
    public long Refused(HintRefusal refusal) => _refused[(int)refusal];

    /// <summary>After an event of this replica.</summary>
    /// <param name="own">Its stamp.</param>
    public void Record(Stamp own) => Known = Known.Join(own.Events);

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

        refusal = Judge(hint, context);
        _refused[(int)refusal]++;
        return refusal == HintRefusal.None && Stamp.TryDecode(hint, out Stamp? stamp) && stamp.Events.Leq(Known) ? HintAdvice.PushOnly : HintAdvice.Reconcile;
    }

    /// <summary>Takes over what a peer knows after it has delivered events; refuses what these cannot explain.</summary>
    /// <param name="hint">Its stamp.</param>
    /// <param name="eventsDelivered">How many admitted events came with it: each raises the highest counter by at most 1.</param>
    /// <param name="isAuthenticated">The peer proved its key in this session.</param>
    public HintRefusal Observe(ReadOnlySpan<byte> hint, long eventsDelivered, bool isAuthenticated)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eventsDelivered);
        HintRefusal refusal = !_isOn ? HintRefusal.Off
            : !isAuthenticated ? HintRefusal.Unauthenticated
            : !Stamp.TryDecode(hint, out Stamp? stamp) ? HintRefusal.Undecodable
            : Take(stamp, eventsDelivered);
        _refused[(int)refusal]++;
        return refusal;
    }

    /// <summary>What a resumed session sends first: events that the peer's last stamp does not cover. Its heads show whether that was all.</summary>
    /// <typeparam name="T">An event.</typeparam>
    /// <param name="events">Events with the stamps they were written under.</param>
    /// <param name="peersLast">The event part of the last stamp of the peer, from this replica's own record.</param>
    public static IEnumerable<T> Unseen<T>(IEnumerable<(T Event, EventTree At)> events, EventTree peersLast) =>
        events.Where(e => !e.At.Leq(peersLast)).Select(e => e.Event);

    private HintRefusal Judge(ReadOnlySpan<byte> hint, HintContext context)
    {
        if (!_isOn)
        {
            return HintRefusal.Off;
        }

        if (!context.IsAuthenticated)
        {
            return HintRefusal.Unauthenticated;
        }

        if (!Stamp.TryDecode(hint, out Stamp? stamp))
        {
            return HintRefusal.Undecodable;
        }

        if (stamp.Events.Equals(Known))
        {
            return HintRefusal.IdentityReuse;
        }

        return stamp.Events.Leq(Known) && !context.KnowsTheirHeads ? HintRefusal.ContradictedByHeads : HintRefusal.None;
    }

    private HintRefusal Take(Stamp stamp, long eventsDelivered)
    {
        if (stamp.Events.Max > Known.Max && stamp.Events.Max - Known.Max > eventsDelivered)
        {
            return HintRefusal.GrowthTooLarge;
        }

        Known = Known.Join(stamp.Events);
        return HintRefusal.None;
    }
}
