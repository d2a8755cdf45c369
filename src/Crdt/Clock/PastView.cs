using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>The past of an event under judgement, from its resolved links.</summary>
internal sealed class PastView(EventGraph graph, EventNode[] links) : IPastView
{
    /// <summary>So many links are looked through one by one; of more, each of which may be asked for, a table is made.</summary>
    private const int ScanMax = 16;

    private Dictionary<Cid, EventNode>? _byCid;

    /// <inheritdoc/>
    public bool TryGetLink(Cid cid, out LinkedEvent linked)
    {
        EventNode? found = links.Length <= ScanMax ? Scan(cid) : (_byCid ??= links.ToDictionary(static link => link.Cid)).GetValueOrDefault(cid);
        linked = found is null ? default : new LinkedEvent(found.Type, found.Height, found.Measure);
        return found is not null;
    }

    private EventNode? Scan(Cid cid)
    {
        foreach (EventNode link in links)
        {
            if (link.Cid == cid)
            {
                return link;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool TryGetAncestor(Cid cid, out LinkedEvent ancestor)
    {
        EventNode? node = graph.Find(cid);
        if (node is not null && Array.Exists(links, link => link.Includes(node)))
        {
            ancestor = new LinkedEvent(node.Type, node.Height, node.Measure);
            return true;
        }

        ancestor = default;
        return false;
    }

    /// <inheritdoc/>
    public bool AreAntichain(IReadOnlyList<Cid> ancestors)
    {
        EventNode?[] nodes = [.. ancestors.Select(graph.Find)];
        for (int i = 0; i < nodes.Length; i++)
        {
            for (int j = 0; j < nodes.Length; j++)
            {
                if (i != j && (nodes[i] is not EventNode upper || nodes[j] is not EventNode lower || upper.Includes(lower)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
