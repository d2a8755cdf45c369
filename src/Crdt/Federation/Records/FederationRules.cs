using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Records;

/// <summary>Admission rules of the record types: functions of the event and its past only. One set per replica.</summary>
/// <remarks>Spec: federation, section 2 and F3.</remarks>
public static class FederationRules
{
    /// <summary>Fresh rules for one document.</summary>
    public static IReadOnlyList<IEventTypeRules> Create()
    {
        TombTargets targets = new();
        return
        [
            new Rule(FederationTypes.Artifact, static (candidate, _) => Shape(ArtifactBody.TryReadData(candidate.Body, out ArtifactFields _))),
            new Rule(FederationTypes.Edge, static (candidate, _) => Shape(EdgeBody.TryRead(candidate.Body, out EdgeBody? _))),
            new Rule(FederationTypes.Receipt, static (candidate, _) => Shape(ReceiptBody.TryRead(candidate.Body, out ReceiptBody? _))),
            new Rule(FederationTypes.Tomb, (candidate, past) => CheckTomb(candidate, past, targets)),
            new Rule(FederationTypes.Lift, (candidate, past) => CheckLift(candidate, past, targets)),
            new Rule(FederationTypes.Snapshot, CheckSnapshot),
        ];
    }

    private static TypeVerdict Shape(InvalidReason reason) => reason == InvalidReason.None ? TypeVerdict.Valid() : TypeVerdict.Invalid(reason);

    private static TypeVerdict CheckTomb(Event candidate, IPastView past, TombTargets targets)
    {
        InvalidReason reason = TombBody.TryRead(candidate.Body, out TombBody? body);
        return body is null ? TypeVerdict.Invalid(reason)
            : past.TryGetAncestor(body.Target, out LinkedEvent target) && FederationTypes.CanBeHidden(target.Type)
                ? TypeVerdict.Valid(targets.NumberOf(body.Target))
                : TypeVerdict.Invalid(InvalidReason.Reference);
    }

    private static TypeVerdict CheckLift(Event candidate, IPastView past, TombTargets targets)
    {
        InvalidReason reason = LiftBody.TryRead(candidate.Body, out LiftBody? body);
        if (body is null)
        {
            return TypeVerdict.Invalid(reason);
        }

        // A target that no admitted tombstone names has no number, so no tombstone can match.
        uint number = targets.Find(body.Target);
        foreach (Cid tomb in body.Tombs)
        {
            if (!past.TryGetAncestor(tomb, out LinkedEvent ancestor) || ancestor.Type != FederationTypes.Tomb || ancestor.Measure != number || number == 0)
            {
                return TypeVerdict.Invalid(InvalidReason.Reference);
            }
        }

        // The target is an ancestor of each tombstone, hence of this event.
        return TypeVerdict.Valid();
    }

    private static TypeVerdict CheckSnapshot(Event candidate, IPastView past)
    {
        InvalidReason reason = SnapBody.TryRead(candidate.Body, out SnapBody? body);
        if (body is null)
        {
            return TypeVerdict.Invalid(reason);
        }

        foreach (Cid head in body.Cut)
        {
            if (!past.TryGetAncestor(head, out _))
            {
                return TypeVerdict.Invalid(InvalidReason.Reference);
            }
        }

        return past.AreAntichain(body.Cut) ? TypeVerdict.Valid() : TypeVerdict.Invalid(InvalidReason.DependenciesNotAntichain);
    }

    private sealed class Rule(string type, Func<Event, IPastView, TypeVerdict> check) : IEventTypeRules
    {
        public string Type => type;

        public TypeVerdict Check(Event candidate, IPastView past) => check(candidate, past);
    }
}
