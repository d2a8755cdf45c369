namespace P2P.Storage.Eviction;

/// <summary>When blocks go, and which first. Pure.</summary>
/// <remarks>Spec: durability, sections 4 and 7; limits, section 2, row "store".</remarks>
public static class EvictionPolicy
{
    /// <summary>Room is made down to this much below where it begins, so that it is not made block by block.</summary>
    private const int MarginPercent = 10;

    /// <summary>Bytes to free.</summary>
    /// <param name="usedBytes">Of the database.</param>
    /// <param name="quotaBytes">What it may use.</param>
    /// <param name="atPercent">Share of the quota at which room is made; 0 = never.</param>
    /// <returns>0 when there is room.</returns>
    public static long BytesToFree(long usedBytes, long quotaBytes, int atPercent)
    {
        long percent = Math.Max(1, quotaBytes / 100);
        return atPercent == 0 || usedBytes < percent * atPercent ? 0 : usedBytes - (percent * Math.Max(0, atPercent - MarginPercent));
    }

    /// <summary>Those that go: what nobody needs before what others have, and of equals what was stored first; just enough.</summary>
    /// <param name="candidates">What may go.</param>
    /// <param name="bytes">How much is to be freed.</param>
    public static IReadOnlyList<EvictionCandidate> Choose(IEnumerable<EvictionCandidate> candidates, long bytes)
    {
        List<EvictionCandidate> chosen = [];
        foreach (EvictionCandidate next in InOrder(candidates))
        {
            if (bytes <= 0)
            {
                break;
            }

            chosen.Add(next);
            bytes -= next.Bytes;
        }

        return chosen;
    }

    internal static IEnumerable<EvictionCandidate> InOrder(IEnumerable<EvictionCandidate> candidates) =>
        candidates.OrderBy(static c => c.Class).ThenBy(static c => c.Row);
}
