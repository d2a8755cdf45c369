namespace P2P.Crdt.Clock;

/// <summary>One branch of an author: consecutive sequence numbers, each event naming the one before. A fork opens a new one.</summary>
internal sealed class AuthorChain(int id, ulong start)
{
    private readonly List<EventNode> _events = [];

    /// <summary>Local number; dense over the document.</summary>
    public int Id { get; } = id;

    /// <summary>Sequence number of the first event.</summary>
    public ulong Start { get; } = start;

    /// <summary>Sequence number of the last event.</summary>
    public ulong Top => Start + (ulong)_events.Count - 1;

    /// <summary>Sequence number of the last event that is settled; below <see cref="Start"/> when there is none.</summary>
    public ulong Settled { get; set; } = start - 1;

    /// <summary>The last event.</summary>
    public EventNode Tip => _events[^1];

    /// <summary>The event with <paramref name="sequence"/>, which is within the chain.</summary>
    public EventNode this[ulong sequence] => _events[(int)(sequence - Start)];

    public void Add(EventNode node) => _events.Add(node);

    /// <summary>Takes the last event out.</summary>
    /// <returns>Whether the chain is empty now.</returns>
    public bool RemoveLast()
    {
        _events.RemoveAt(_events.Count - 1);
        return _events.Count == 0;
    }
}
