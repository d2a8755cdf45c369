namespace P2P.Crdt.Events;

/// <summary>
/// Port: the rules of one event type, step 10 of admission. A pure function of the event and its past: never of time,
/// arrival or local state, or replicas would disagree.
/// </summary>
public interface IEventTypeRules
{
    /// <summary>The type these rules are for.</summary>
    string Type { get; }

    /// <summary>Judges one event. Never throws on its content.</summary>
    /// <param name="candidate">An event that passed steps 1 to 9.</param>
    /// <param name="past">Its past.</param>
    TypeVerdict Check(Event candidate, IPastView past);
}
