using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Port: state computed from the visible events of a document. Called on the replica's loop only, in causal order, after
/// the events are durable. Must not wait and must not throw on the content of an admitted event.
/// </summary>
public interface IFold
{
    /// <summary>An event became visible; all its links are.</summary>
    /// <param name="applied">The event.</param>
    void Apply(Event applied);

    /// <summary>An event left the visible set; nothing visible links it. It may be applied again later.</summary>
    /// <param name="retracted">The event.</param>
    void Retract(Event retracted);
}
