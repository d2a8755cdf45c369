using System.Globalization;
using System.Text;

namespace P2P.Crdt.Replication;

/// <summary>
/// Pictures of a DAG in the manner of the seed: one oval per event with short CID and height, in its author's colour, arrows to its links. Heads
/// have a thick border, waiting events a dashed one, missing links are hollow. Equal input, equal bytes.
/// </summary>
/// <remarks>Spec: replica, section 16.</remarks>
internal static class DagPicture
{
    private static readonly string[] s_colours =
        ["#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9", "#ccebc5"];

    /// <summary>Graphviz.</summary>
    public static string ToDot(DagShape shape)
    {
        StringBuilder text = new("digraph clock {\n  rankdir=RL;\n  node [shape=oval, style=filled];\n");
        for (int i = 0; i < shape.Vertices.Count; i++)
        {
            DagVertex vertex = shape.Vertices[i];
            string border = vertex.Kind switch
            {
                DagVertexKind.Head => ", penwidth=3",
                DagVertexKind.Waiting => ", style=\"filled,dashed\"",
                DagVertexKind.Missing => ", style=dashed",
                _ => string.Empty,
            };
            text.Append(CultureInfo.InvariantCulture, $"  e{i} [label=\"{Label(vertex, "\\n")}\", fillcolor=\"{ColourOf(vertex)}\"{border}];\n");
        }

        foreach ((int from, int to) in shape.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  e{from} -> e{to};\n");
        }

        for (int i = 0; i < shape.Authors.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  a{i} [shape=box, label=\"author {AuthorOf(shape, i)}\", fillcolor=\"{s_colours[i % s_colours.Length]}\"];\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>Mermaid.</summary>
    public static string ToMermaid(DagShape shape)
    {
        StringBuilder text = new("graph RL\n");
        for (int i = 0; i < shape.Vertices.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  e{i}(({Label(shape.Vertices[i], " · ")}))\n");
        }

        foreach ((int from, int to) in shape.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  e{from}-->e{to}\n");
        }

        for (int i = 0; i < shape.Vertices.Count; i++)
        {
            string border = shape.Vertices[i].Kind switch
            {
                DagVertexKind.Head => ",stroke-width:3px",
                DagVertexKind.Waiting or DagVertexKind.Missing => ",stroke-dasharray:4",
                _ => string.Empty,
            };
            text.Append(CultureInfo.InvariantCulture, $"  style e{i} fill:{ColourOf(shape.Vertices[i])}{border}\n");
        }

        for (int i = 0; i < shape.Authors.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  a{i}[author {AuthorOf(shape, i)}]\n  style a{i} fill:{s_colours[i % s_colours.Length]}\n");
        }

        return text.ToString();
    }

    /// <summary>Both lines of an oval.</summary>
    public static string Label(DagVertex vertex, string separator) => vertex.Kind == DagVertexKind.Missing
        ? $"{vertex.Short}{separator}missing"
        : string.Create(CultureInfo.InvariantCulture, $"{vertex.Short}{separator}h{vertex.Height}");

    /// <summary>Fill of an oval.</summary>
    public static string ColourOf(DagVertex vertex) => vertex.Author < 0 ? "#ffffff" : s_colours[vertex.Author % s_colours.Length];

    /// <summary>Enough of an author's key to tell it from others.</summary>
    public static string AuthorOf(DagShape shape, int author) => shape.Authors[author].ToString()[..8];
}
