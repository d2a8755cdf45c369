using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>The outcome of admission. <c>default</c> is no verdict.</summary>
/// <param name="Kind">What was decided.</param>
/// <param name="Reason">Set exactly when <paramref name="Kind"/> is Invalid.</param>
/// <param name="Missing">First missing link when Pending, or none (an uncited tail event).</param>
public readonly record struct EventVerdict(EventVerdictKind Kind, InvalidReason Reason, Cid Missing)
{
    /// <summary>Admitted.</summary>
    public static EventVerdict Accepted => new(EventVerdictKind.Accepted, InvalidReason.None, default);

    /// <summary>Known already.</summary>
    public static EventVerdict Duplicate => new(EventVerdictKind.Duplicate, InvalidReason.None, default);

    /// <summary>The local limit; set exactly when <see cref="Kind"/> is Busy.</summary>
    public BusyReason Limit { get; init; }

    /// <summary>Whether the sender pays: only for what it could have checked itself (steps 1 to 4 and 6).</summary>
    /// <remarks>Spec: limits, section 5, rule 8. A block that was requested and matches its CID never costs; the caller knows that.</remarks>
    public bool CostsSender => Kind == EventVerdictKind.Invalid && Reason is InvalidReason.Size or InvalidReason.CidMismatch
        or InvalidReason.Encoding or InvalidReason.Version or InvalidReason.Schema or InvalidReason.Document
        or InvalidReason.FanIn or InvalidReason.Limit or InvalidReason.Signature;

    /// <summary>Not looked at.</summary>
    /// <param name="limit">Not None.</param>
    public static EventVerdict Busy(BusyReason limit) => new(EventVerdictKind.Busy, InvalidReason.None, default) { Limit = limit };

    /// <summary>Refused.</summary>
    /// <param name="reason">Not None.</param>
    public static EventVerdict Invalid(InvalidReason reason) => new(EventVerdictKind.Invalid, reason, default);

    /// <summary>In the waiting room.</summary>
    /// <param name="missing">The first missing link, or none.</param>
    public static EventVerdict Pending(Cid missing) => new(EventVerdictKind.Pending, InvalidReason.None, missing);
}
