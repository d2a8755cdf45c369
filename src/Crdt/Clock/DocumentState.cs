using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Clock;

/// <summary>Graph, visibility and rules of one document: what steps 8 to 12 of admission read and change. Synchronous, deterministic.</summary>
/// <remarks>
/// An event enters in two steps: <see cref="Push"/> judges it and puts it into the graph, <see cref="Settle"/> lets it have effect. What is in
/// the graph only can be taken out again (<see cref="Pop"/>): whether an event is authentic may turn on one that comes after it.
/// </remarks>
internal sealed class DocumentState
{
    private readonly WriterPolicy _writers;
    private readonly AdmissionRules _rules;
    private readonly HashSet<EventDigest> _own = [];
    private readonly List<OpenEvent> _open = [];
    private int _settled;

    public DocumentState(Genesis genesis, IReadOnlyList<IEventTypeRules> types, DraftDefects defects = DraftDefects.None)
    {
        Graph = new EventGraph(genesis) { Defects = defects };
        Clock = new MerkleClock(Graph);
        _writers = new WriterPolicy(Graph);
        _rules = new AdmissionRules(Graph, _writers, types);
    }

    public EventGraph Graph { get; }

    public MerkleClock Clock { get; }

    /// <summary>Authors part of whose events may be hidden: they forked or were removed. One may be there twice.</summary>
    public IEnumerable<AuthorEntry> Restricted => Clock.Flagged.Concat(_writers.Removed);

    /// <summary>How often a signature was looked at after its event had been admitted: what is exchanged may have changed by it.</summary>
    public long SignatureLooks { get; set; }

    /// <summary>
    /// Remembers a key under which this replica writes or wrote. Of a rolled back disk it knows one branch only; the other, which others kept for it,
    /// has to be held to be cited.
    /// </summary>
    public void KeepAll(EventDigest own) => _own.Add(own);

    /// <summary>Whether a key may write on top of these links.</summary>
    public bool MayWrite(EventDigest author, EventNode[] links) => _writers.MayWrite(author, links);

    /// <summary>Judges an event all of whose links are admitted, and admits it at once.</summary>
    /// <param name="candidate">Passed steps 1 to 8.</param>
    /// <param name="mayShelve">Whether it may be left outside if it is a tail event that nobody cites.</param>
    /// <param name="changes">Receives what entered or left the visible set.</param>
    public AdmitResult Admit(Event candidate, bool mayShelve, List<VisibilityChange> changes)
    {
        AdmitResult result = Push(candidate, mayShelve);
        return result.Kind == AdmitKind.Admitted ? result with { FoundFork = Settle(changes) } : result;
    }

    /// <summary>Judges an event all of whose links are in the graph, and puts it there. It has no effect before it is settled.</summary>
    /// <param name="candidate">Passed steps 1 to 8.</param>
    /// <param name="mayShelve">Whether it may be left outside if it is a tail event that nobody cites.</param>
    public AdmitResult Push(Event candidate, bool mayShelve)
    {
        EventNode[] links = Graph.ResolveLinks(candidate);
        TypeVerdict verdict = _rules.Judge(candidate, links);
        if (!verdict.IsValid)
        {
            return new AdmitResult(AdmitKind.Refused, verdict.Reason, null, FoundFork: false);
        }

        // A fork tail only: nothing at or above a proven fork can prove a lower one. An event that a removal hides may prove the fork of its author,
        // so it is admitted and compared, or replicas would flag by order of arrival.
        if (mayShelve && Graph.FindAuthor(EventGraph.KeyOf(candidate.Author.Span)) is AuthorEntry known && candidate.Sequence >= known.OpenForkSequence
            && !GoesOnWithOwn(candidate, links))
        {
            return new AdmitResult(AdmitKind.Shelved, InvalidReason.None, null, FoundFork: false);
        }

        EventNode node = Graph.Add(candidate, links, EventCodec.PayloadHash(candidate), verdict.Measure);
        GrantBody? grant = candidate.Type == EventTypes.Grant ? GrantBody.TryRead(candidate.Body.Span) : null;
        _writers.Register(node, grant);
        _open.Add(new OpenEvent(node, grant, node.Author.OpenForkSequence));
        if (Clock.ProvenBy(node) is not null)
        {
            node.Author.OpenForkSequence = Math.Min(node.Author.OpenForkSequence, node.Sequence);
        }

        return new AdmitResult(AdmitKind.Admitted, InvalidReason.None, node, FoundFork: false);
    }

    /// <summary>Takes out the event that was pushed last.</summary>
    public void Pop()
    {
        OpenEvent last = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        last.Node.Author.OpenForkSequence = last.ForkBefore;
        _writers.Unregister(last.Node, last.Grant);
        Graph.RemoveLast();
    }

    /// <summary>Settles the event that was pushed first and is not settled: from now on it counts.</summary>
    /// <param name="changes">Receives what entered or left the visible set.</param>
    /// <returns>Whether it proved, or proved earlier, that its author forked.</returns>
    public bool Settle(List<VisibilityChange> changes)
    {
        (EventNode node, GrantBody? grant, _) = _open[_settled++];
        if (_settled == _open.Count)
        {
            _open.Clear();
            _settled = 0;
        }

        node.Chain.Settled = node.Sequence;
        List<EventNode>? entered = Clock.DetectFork(node); // first: it decides whether the node itself is in the tail
        _writers.CountTails(node);
        Clock.Apply(node, changes);
        if (entered is not null)
        {
            Clock.HideUncited(entered, changes);
            _writers.Reconsider(Clock, changes);
        }

        _writers.Applied(node, grant, Clock, changes);
        return entered is not null;
    }

    // Branches that are held grow, none is added: a thief of the key buys no more with it than with a key of his own.
    private bool GoesOnWithOwn(Event candidate, EventNode[] links) => !candidate.Previous.IsNone
        && _own.Contains(EventGraph.KeyOf(candidate.Author.Span)) && ReferenceEquals(links[0].Chain.Tip, links[0]);
}
