using System.Globalization;
using System.Text;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>Pictures of a DAG in the manner of the seed: one oval per event, arrows to its links. Equal input, equal bytes.</summary>
/// <remarks>Spec: replica, section 16.</remarks>
internal static class DagPicture
{
    private static readonly string[] s_colours =
        ["#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9", "#ccebc5"];

    /// <summary>Graphviz.</summary>
    /// <param name="nodes">Visible events in canonical order.</param>
    public static string ToDot(IReadOnlyList<EventNode> nodes)
    {
        StringBuilder text = new("digraph clock {\n  rankdir=RL;\n  node [shape=oval, style=filled];\n");
        Dictionary<EventNode, int> numbers = Number(nodes);
        for (int i = 0; i < nodes.Count; i++)
        {
            EventNode node = nodes[i];
            text.Append(CultureInfo.InvariantCulture, $"  e{i} [label=\"{Short(node)}\\nh{node.Height}\", fillcolor=\"{ColourOf(node)}\"];\n");
        }

        Arrows(nodes, numbers, (from, to) => text.Append(CultureInfo.InvariantCulture, $"  e{from} -> e{to};\n"));
        return text.Append("}\n").ToString();
    }

    /// <summary>Mermaid.</summary>
    /// <param name="nodes">Visible events in canonical order.</param>
    public static string ToMermaid(IReadOnlyList<EventNode> nodes)
    {
        StringBuilder text = new("graph RL\n");
        Dictionary<EventNode, int> numbers = Number(nodes);
        for (int i = 0; i < nodes.Count; i++)
        {
            EventNode node = nodes[i];
            text.Append(CultureInfo.InvariantCulture, $"  e{i}(({Short(node)} · h{node.Height}))\n");
        }

        Arrows(nodes, numbers, (from, to) => text.Append(CultureInfo.InvariantCulture, $"  e{from}-->e{to}\n"));
        for (int i = 0; i < nodes.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  style e{i} fill:{ColourOf(nodes[i])}\n");
        }

        return text.ToString();
    }

    private static Dictionary<EventNode, int> Number(IReadOnlyList<EventNode> nodes)
    {
        Dictionary<EventNode, int> numbers = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            numbers.Add(nodes[i], i);
        }

        return numbers;
    }

    private static void Arrows(IReadOnlyList<EventNode> nodes, Dictionary<EventNode, int> numbers, Action<int, int> draw)
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (EventNode link in nodes[i].Links)
            {
                if (numbers.TryGetValue(link, out int to))
                {
                    draw(i, to);
                }
            }
        }
    }

    // The first characters of every CID of one form are equal: the last ones tell events apart.
    private static string Short(EventNode node) => node.Cid.ToString()[^6..];

    private static string ColourOf(EventNode node) => s_colours[(int)(node.Author.Key.D % (ulong)s_colours.Length)];
}
