using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Graph, visibility and rules of one document: what steps 8 to 12 of admission read and change. Synchronous, deterministic.</summary>
internal sealed class DocumentState
{
    private readonly WriterPolicy _writers;
    private readonly AdmissionRules _rules;

    public DocumentState(Genesis genesis, IReadOnlyList<IEventTypeRules> types)
    {
        Graph = new EventGraph(genesis);
        Clock = new MerkleClock(Graph);
        _writers = new WriterPolicy(Graph);
        _rules = new AdmissionRules(Graph, _writers, types);
    }

    public EventGraph Graph { get; }

    public MerkleClock Clock { get; }

    /// <summary>Whether a key may write on top of these links.</summary>
    public bool MayWrite(EventDigest author, EventNode[] links) => _writers.MayWrite(author, links);

    /// <summary>Judges an event all of whose links are admitted, and admits it.</summary>
    /// <param name="candidate">Passed steps 1 to 8.</param>
    /// <param name="mayShelve">Whether it may be left outside if it is a tail event that nobody cites.</param>
    /// <param name="changes">Receives what entered or left the visible set.</param>
    public AdmitResult Admit(Event candidate, bool mayShelve, List<VisibilityChange> changes)
    {
        EventNode[] links = Graph.ResolveLinks(candidate);
        TypeVerdict verdict = _rules.Judge(candidate, links);
        if (!verdict.IsValid)
        {
            return new AdmitResult(AdmitKind.Refused, verdict.Reason, null, FoundFork: false);
        }

        // A fork tail only: nothing at or above a proven fork can prove a lower one. An event that a removal hides may prove the fork of its author,
        // so it is admitted and compared, or replicas would flag by order of arrival.
        if (mayShelve && Graph.FindAuthor(EventGraph.KeyOf(candidate.Author.Span)) is AuthorEntry author && candidate.Sequence >= author.ForkSequence)
        {
            return new AdmitResult(AdmitKind.Shelved, InvalidReason.None, null, FoundFork: false);
        }

        EventNode node = Graph.Add(candidate, links, EventCodec.PayloadHash(candidate), verdict.Measure);
        List<EventNode>? entered = Clock.DetectFork(node); // first: it decides whether the node itself is in the tail
        _writers.CountTails(node);
        Clock.Apply(node, changes);
        if (entered is not null)
        {
            Clock.HideUncited(entered, changes);
            _writers.Reconsider(Clock, changes);
        }

        GrantBody? grant = candidate.Type == EventTypes.Grant ? GrantBody.TryRead(candidate.Body.Span) : null;
        _writers.Applied(node, grant, Clock, changes);
        return new AdmitResult(AdmitKind.Admitted, InvalidReason.None, node, entered is not null);
    }
}
