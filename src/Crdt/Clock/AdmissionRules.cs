using System.Collections.Frozen;
using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Steps 9 to 11 of admission: pure functions of an event and its past, so all replicas agree.</summary>
/// <remarks>Spec: replica, sections 4, 8 and 9.</remarks>
internal sealed class AdmissionRules
{
    private readonly EventGraph _graph;
    private readonly WriterPolicy _writers;
    private readonly FrozenDictionary<string, IEventTypeRules> _types;

    public AdmissionRules(EventGraph graph, WriterPolicy writers, IReadOnlyList<IEventTypeRules> types)
    {
        _graph = graph;
        _writers = writers;
        _types = types.ToFrozenDictionary(static rules => rules.Type, StringComparer.Ordinal);
    }

    /// <summary>Judges an event all of whose links are admitted.</summary>
    /// <param name="candidate">Passed steps 1 to 8.</param>
    /// <param name="links">Its links, resolved.</param>
    public TypeVerdict Judge(Event candidate, EventNode[] links)
    {
        InvalidReason reason = CheckAncestry(candidate, links);
        if (reason != InvalidReason.None)
        {
            return TypeVerdict.Invalid(reason);
        }

        EventDigest author = EventGraph.KeyOf(candidate.Author.Span);
        if (!_writers.MayWrite(author, links))
        {
            return TypeVerdict.Invalid(InvalidReason.Writer);
        }

        TypeVerdict verdict = CheckType(candidate, links);
        if (!verdict.IsValid)
        {
            return verdict;
        }

        Func<EventNode, bool>? exempt = candidate.Type == EventTypes.ForkProof ? References(candidate) : null;
        return CitationRule.FirstBreaking(_graph.FindAuthor(author), links, exempt) is null
            ? verdict
            : TypeVerdict.Invalid(InvalidReason.CitesFlagged);
    }

    private static Func<EventNode, bool> References(Event candidate) => node => candidate.References.Contains(node.Cid);

    // Step 9. Cheap comparisons first; ancestor questions go to the past index, never to the DAG.
    private static InvalidReason CheckAncestry(Event candidate, EventNode[] links)
    {
        bool hasPrevious = !candidate.Previous.IsNone;
        int direct = Math.Min(links.Length, (hasPrevious ? 1 : 0) + candidate.Dependencies.Count);
        if (hasPrevious)
        {
            EventNode previous = links[0];
            if (!previous.Author.Protobuf.Span.SequenceEqual(candidate.Author.Span))
            {
                return InvalidReason.Chain;
            }

            // Compared downwards: sequence + 1 could overflow, and sequence is at least 2 here.
            if (previous.Sequence != candidate.Sequence - 1)
            {
                return InvalidReason.Sequence;
            }
        }

        ulong highest = 0;
        for (int i = 0; i < direct; i++)
        {
            highest = Math.Max(highest, links[i].Height);
        }

        if (candidate.Height - 1 != highest)
        {
            return InvalidReason.Height;
        }

        foreach (EventNode link in links) // no closure here: every event of a replay passes
        {
            if (link.Height >= candidate.Height)
            {
                return InvalidReason.Height;
            }
        }

        return CheckAntichain(links.AsSpan(0, direct), hasPrevious);
    }

    private static InvalidReason CheckAntichain(ReadOnlySpan<EventNode> direct, bool hasPrevious)
    {
        int first = hasPrevious ? 1 : 0;
        for (int i = first; i < direct.Length; i++)
        {
            if (hasPrevious && direct[0].Includes(direct[i]))
            {
                return InvalidReason.DependencyBelowPrevious;
            }

            for (int j = first; j < direct.Length; j++)
            {
                if (i != j && direct[j].Includes(direct[i]))
                {
                    return InvalidReason.DependenciesNotAntichain;
                }
            }
        }

        return InvalidReason.None;
    }

    private static TypeVerdict CheckForkProof(Event candidate, EventNode[] links)
    {
        if (candidate.References.Count != 2)
        {
            return TypeVerdict.Invalid(InvalidReason.Schema);
        }

        EventNode? first = Array.Find(links, link => link.Cid == candidate.References[0]);
        EventNode? second = Array.Find(links, link => link.Cid == candidate.References[1]);
        return first is not null && second is not null && ReferenceEquals(first.Author, second.Author)
            && first.Sequence == second.Sequence && first.PayloadHash != second.PayloadHash
            ? TypeVerdict.Valid()
            : TypeVerdict.Invalid(InvalidReason.Reference);
    }

    private static bool IsEmptyMap(Event candidate) => candidate.Body.Span is [0xa0];

    // A map of one key, "refs", which the codec has read.
    private static bool HasOnlyReferences(Event candidate) =>
        candidate.Body.Span is [0xa1, 0x64, (byte)'r', (byte)'e', (byte)'f', (byte)'s', ..];

    private TypeVerdict CheckType(Event candidate, EventNode[] links)
    {
        switch (candidate.Type)
        {
            case EventTypes.Merge:
                return IsEmptyMap(candidate) && links.Length >= 2 ? TypeVerdict.Valid() : TypeVerdict.Invalid(InvalidReason.Schema);
            case EventTypes.Grant:
                return GrantBody.TryRead(candidate.Body.Span) is null ? TypeVerdict.Invalid(InvalidReason.Schema) : TypeVerdict.Valid();
            case EventTypes.ForkProof:
                return HasOnlyReferences(candidate) ? CheckForkProof(candidate, links) : TypeVerdict.Invalid(InvalidReason.Schema);
            default:
                return _types.TryGetValue(candidate.Type, out IEventTypeRules? rules)
                    ? rules.Check(candidate, new PastView(_graph, links))
                    : TypeVerdict.Valid(); // stored, relayed, ordered; no state effect
        }
    }
}
