using P2P.Crdt.Clock;

namespace P2P.Crdt.Sync;

/// <summary>
/// The facts of the last state of one document that sessions asked for: sixteen sessions that compare the same state cost the document's loop one
/// walk. One owner, the replica's loop.
/// </summary>
internal sealed class SyncCache
{
    private (DocumentState State, int Events, long Durable, long Looks) _of;
    private SyncFacts? _facts;

    /// <summary>The facts of this state.</summary>
    /// <param name="state">Index of the document; another one after a reload.</param>
    /// <param name="durable">Events with a lower arrival number are durable.</param>
    public SyncFacts Of(DocumentState state, long durable)
    {
        (DocumentState, int, long, long) of = (state, state.Graph.ByArrival.Count, durable, state.SignatureLooks);
        if (_facts is null || of != _of)
        {
            SyncFacts? before = ReferenceEquals(_of.State, state) ? _facts : null;
            _of = of;
            _facts = new SyncFacts(state, durable, before);
        }

        return _facts;
    }
}
