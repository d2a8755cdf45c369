using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>What became of the events given to a <see cref="HistoryFeed"/>, each counted once.</summary>
/// <param name="Applied">Applied, now or before.</param>
/// <param name="Waiting">In the waiting room: something they link to is not there.</param>
/// <param name="Refused">Not valid, or not vouched for by anything that was given.</param>
public sealed record HistoryFed(long Applied, long Waiting, long Refused)
{
    /// <summary>The local limit that ended it before its time; None when everything was given.</summary>
    public BusyReason Limit { get; init; }
}
