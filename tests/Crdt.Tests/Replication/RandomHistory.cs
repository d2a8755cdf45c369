using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Random small histories by several authors with partial views; on demand with forks and citations of both branches.</summary>
internal static class RandomHistory
{
    public static List<Event> Make(IChance chance, int events, int authors, bool forks)
    {
        List<Event> all = [];
        Dictionary<Cid, HashSet<Cid>> pasts = [];
        List<Event>[] own = [.. Enumerable.Range(0, authors).Select(static _ => new List<Event>())];
        for (int i = 0; i < events; i++)
        {
            int who = chance.Below(authors);
            List<Event> mine = own[who];

            // A forking author goes on from an older event of its own.
            Event? previous = mine.Count == 0 ? null
                : forks && who == 0 && chance.Below(3) == 0 ? mine[chance.Below(mine.Count)]
                : mine[^1];
            if (forks && who == 0 && chance.Below(8) == 0)
            {
                previous = null;
            }

            List<Event> deps = Antichain(Pick(chance, all), previous, pasts);
            ulong at = chance.NextUInt64();
            Event written = new Author(who).Write(previous, deps, draft => draft.At = at);
            if (all.Exists(e => e.Cid == written.Cid))
            {
                continue;
            }

            HashSet<Cid> past = [];
            foreach (Event link in deps.Append(previous).OfType<Event>())
            {
                past.Add(link.Cid);
                past.UnionWith(pasts[link.Cid]);
            }

            pasts[written.Cid] = past;
            mine.Add(written);
            all.Add(written);
        }

        return all;
    }

    private static List<Event> Pick(IChance chance, List<Event> all)
    {
        List<Event> picked = [];
        for (int i = chance.Below(4); i > 0 && all.Count > 0; i--)
        {
            // Mostly recent ones, as replicas that are nearly up to date do.
            Event dep = all[Math.Max(0, all.Count - 1 - chance.Below(6))];
            if (!picked.Contains(dep))
            {
                picked.Add(dep);
            }
        }

        return picked;
    }

    private static List<Event> Antichain(List<Event> picked, Event? previous, Dictionary<Cid, HashSet<Cid>> pasts) =>
        [.. picked.Where(dep => (previous is null || (dep != previous && !pasts[previous.Cid].Contains(dep.Cid)))
            && !picked.Exists(other => pasts[other.Cid].Contains(dep.Cid)))];
}
