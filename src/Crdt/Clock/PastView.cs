using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>The past of an event under judgement, from its resolved links.</summary>
internal sealed class PastView(EventGraph graph, EventNode[] links) : IPastView
{
    /// <inheritdoc/>
    public bool TryGetLink(Cid cid, out LinkedEvent linked)
    {
        foreach (EventNode link in links)
        {
            if (link.Cid == cid)
            {
                linked = new LinkedEvent(link.Type, link.Height, link.Measure);
                return true;
            }
        }

        linked = default;
        return false;
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
