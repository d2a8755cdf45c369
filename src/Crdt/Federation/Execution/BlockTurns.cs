using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Whose turn it is among missing blocks: from the last one on, around the end. So blocks that never come keep no other waiting for ever.</summary>
internal sealed class BlockTurns
{
    private Cid _last;

    /// <summary>Takes some.</summary>
    /// <param name="missing">What is missing now.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="taken">Receives them.</param>
    public void Take(SortedSet<Cid> missing, int count, ICollection<Cid> taken)
    {
        Cid[] turn = [.. missing.Where(c => c.CompareTo(_last) > 0).Concat(missing.TakeWhile(c => c.CompareTo(_last) <= 0)).Take(count)];
        foreach (Cid next in turn)
        {
            taken.Add(next);
            _last = next;
        }
    }
}
