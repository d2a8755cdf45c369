using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>What a walk over all applied events found; nothing is taken on trust from the index.</summary>
/// <param name="Events">Events applied.</param>
/// <param name="Signed">Of these, with a good signature of their own.</param>
/// <param name="Vouched">Of these, with a bad one, authentic through the author's next event.</param>
/// <param name="Bad">Unreadable, altered, or neither signed nor vouched for, in arrival order.</param>
/// <param name="Missing">Links of waiting events that are not held, ascending.</param>
public sealed record VerifyReport(long Events, long Signed, long Vouched, IReadOnlyList<Cid> Bad, IReadOnlyList<Cid> Missing)
{
    /// <summary>Whether every event is here and what its author signed.</summary>
    public bool IsSound => Bad.Count == 0 && Missing.Count == 0;
}
