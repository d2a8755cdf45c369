using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Queries;

/// <summary>The observed-remove rule over any collection of records: a target is hidden iff a tombstone of it is named by no lift.</summary>
/// <remarks>Spec: federation, F11.</remarks>
internal static class Shadows
{
    public static HashSet<Cid> Of(IEnumerable<QueryRecord> records)
    {
        HashSet<Cid> lifted = [];
        List<QueryRecord> tombs = [];
        foreach (QueryRecord record in records)
        {
            lifted.UnionWith(record.Lifts);
            if (!record.Hides.IsNone)
            {
                tombs.Add(record);
            }
        }

        return [.. tombs.Where(t => !lifted.Contains(t.Cid)).Select(static t => t.Hides)];
    }
}
