using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Admission of events of type <c>seq</c>: a function of the event and of the element counts of the events it names, hence
/// the same verdict on every replica in every order. Not rules, on purpose: emptiness of slots, completeness of extra
/// dependencies, freshness of ids. One owner.
/// </summary>
/// <remarks>Spec: hashseq, section 9. The measure of an event is its number of elements.</remarks>
public sealed class SeqRules : IEventTypeRules
{
    /// <summary>The type name.</summary>
    public const string TypeName = "seq";

    private readonly SeqBody _body = new();
    private readonly List<uint> _counts = []; // per dictionary index

    /// <inheritdoc/>
    public string Type => TypeName;

    /// <inheritdoc/>
    public TypeVerdict Check(Event candidate, IPastView past)
    {
        InvalidReason reason = _body.Read(candidate.Body.Span);
        if (reason != InvalidReason.None)
        {
            return TypeVerdict.Invalid(reason);
        }

        if (!AreDisjoint(_body.References, candidate))
        {
            return TypeVerdict.Invalid(InvalidReason.Schema);
        }

        CountElements(candidate, past);
        return NamesOnlyWhatIs() ? TypeVerdict.Valid((uint)_body.ElementCount) : TypeVerdict.Invalid(InvalidReason.Reference);
    }

    private static bool AreDisjoint(IReadOnlyList<Cid> references, Event candidate)
    {
        for (int i = 0; i < references.Count; i++)
        {
            if (references[i] == candidate.Previous)
            {
                return false;
            }
        }

        // Both lists ascend.
        int at = 0;
        for (int i = 0; i < references.Count; i++)
        {
            while (at < candidate.Dependencies.Count && candidate.Dependencies[at].CompareTo(references[i]) < 0)
            {
                at++;
            }

            if (at < candidate.Dependencies.Count && candidate.Dependencies[at] == references[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Elements of every event of the dictionary; 0 for those of other types.</summary>
    private void CountElements(Event candidate, IPastView past)
    {
        _counts.Clear();
        _counts.Add((uint)_body.ElementCount);
        if (!candidate.Previous.IsNone)
        {
            _counts.Add(CountOf(candidate.Previous, past));
        }

        for (int i = 0; i < candidate.Dependencies.Count; i++)
        {
            _counts.Add(CountOf(candidate.Dependencies[i], past));
        }

        for (int i = 0; i < _body.References.Count; i++)
        {
            _counts.Add(CountOf(_body.References[i], past));
        }
    }

    private static uint CountOf(Cid cid, IPastView past) =>
        past.TryGetLink(cid, out LinkedEvent linked) && linked.Type == TypeName ? linked.Measure : 0;

    private bool NamesOnlyWhatIs()
    {
        for (int i = 0; i < _body.Runs.Count; i++)
        {
            BodyRun run = _body.Runs[i];
            if (run.Kind != 0 && !Exists(run.Anchor, run.FirstOffset))
            {
                return false;
            }

            for (int extra = 0; extra < run.ExtrasCount; extra++)
            {
                if (!Exists(_body.Extras[run.ExtrasStart + extra], run.FirstOffset))
                {
                    return false;
                }
            }
        }

        for (int i = 0; i < _body.Removals.Count; i++)
        {
            BodyRange range = _body.Removals[i];
            if (range.First.Event >= _counts.Count || (ulong)range.First.Offset + range.Count > _counts[(int)range.First.Event])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of its own event, a run may name only what came before it.</summary>
    private bool Exists(BodyElement element, int ownOffset) =>
        element.Event < _counts.Count && element.Offset < (element.Event == 0 ? (uint)ownOffset : _counts[(int)element.Event]);
}
